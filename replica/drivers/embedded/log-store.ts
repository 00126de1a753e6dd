/** A log in one SQLite file: synchronous, and meant to run on a thread of its own. */

import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import { chainHash, findChainBreak } from '../../core/hash-chain.ts';
import type { AppendRequest, AppendResult, LogEntry, LogHead } from '../../core/log.ts';
import { sha256 } from '../sha256.ts';
import { HeadMark } from './head-mark.ts';
import { openLogDatabase } from './log-database.ts';
import { BEGINNING, notEmpty, type LogStart } from './log-start.ts';
import { damagedLog, isRefusedWrite, logFault } from './sqlite-faults.ts';

interface OpenLog {
  readonly database: DatabaseSync;
  readonly insert: StatementSync;
  readonly select: StatementSync;
}

/** An appended, repeated, or refused request, in the order of the requests. */
export type AppendOutcome = AppendResult | { readonly staleHead: number };

export class LogStore {
  readonly #directory: string;
  readonly #file: string;
  /** The ids of all kept entries; this is how long a command id is remembered. */
  readonly #ids = new Map<string, number>();
  readonly #mark: HeadMark;
  #log: OpenLog | undefined;
  #markedSequence = -1;
  #base: LogStart = BEGINNING;
  #head: LogStart = this.#base;

  /**
   * Opens or creates the log, and verifies every kept entry. The directory must exist. With
   * `startAt`, the log must be new, or without entries at that very position.
   */
  constructor(directory: string, startAt?: LogStart) {
    this.#directory = directory;
    this.#file = join(directory, 'log.db');
    this.#log = this.#open(startAt);
    try {
      this.#mark = new HeadMark(join(directory, 'log.head'));
      this.#load(this.#log);
      if (startAt !== undefined) this.#mustStartAt(startAt);
      this.#markHead();
      this.#mark.sync();
    } catch (error) {
      this.close();
      throw logFault(error, this.#file, 'open the log');
    }
  }

  /** Commits the requests in one transaction and returns after the sync. All or none are kept. */
  append(requests: readonly AppendRequest[]): AppendOutcome[] {
    const log = this.#usable();
    const outcomes: AppendOutcome[] = [];
    const fresh = new Map<string, LogEntry>();
    let head = this.#head;
    for (const { commandId, payload, expectedSequence } of requests) {
      const known = this.#ids.get(commandId) ?? fresh.get(commandId)?.sequence;
      if (known !== undefined) {
        outcomes.push({ sequence: known, duplicate: true });
      } else if (expectedSequence !== undefined && expectedSequence !== head.sequence) {
        outcomes.push({ staleHead: head.sequence });
      } else {
        const next = { sequence: head.sequence + 1, commandId, payload };
        const entry = { ...next, hash: chainHash(sha256, head.hash, next) };
        fresh.set(commandId, entry);
        outcomes.push({ sequence: entry.sequence, duplicate: false });
        head = entry;
      }
    }
    if (fresh.size > 0) this.#commit(log, [...fresh.values()], head);
    this.#markHead();
    return outcomes;
  }

  /** Takes over entries of the log that this one is a copy of. They must follow; all or none are kept. */
  keep(entries: readonly LogEntry[]): void {
    const log = this.#usable();
    const broken = findChainBreak(sha256, this.#head, entries);
    if (broken !== undefined) throw damagedLog(this.#file, `cannot copy: ${broken.reason}`);
    const head = entries.at(-1);
    if (head !== undefined) this.#commit(log, entries, head);
    this.#markHead();
  }

  /** The hash of a kept entry, or of the one before the first; `undefined` for all others. */
  hashAt(sequence: number): string | undefined {
    if (sequence === this.#base.sequence) return this.#base.hash;
    if (sequence < this.#base.sequence || sequence > this.#head.sequence) return undefined;
    return this.read(sequence, 1)[0]?.hash;
  }

  /** As `Log.read`. */
  read(from: number, limit: number): LogEntry[] {
    const log = this.#usable();
    const first = this.#base.sequence + 1;
    if (from < first) {
      throw new TarsierError(
        'LOG_TRIMMED',
        `Entry ${from} of ${this.#file} is no longer kept; the first one is ${first}.`,
        { details: { first } },
      );
    }
    const count = Math.min(limit, this.#head.sequence - from + 1);
    if (count <= 0) return [];
    // The entry before is read along: the chain of the first one starts at its hash.
    const entries = [...this.#rows(log, from - 1, count + 1)];
    const before = from === first ? this.#base : entries.shift();
    if (before?.sequence !== from - 1) throw damagedLog(this.#file, `entry ${from - 1} is missing`);
    const kept = entries.slice(0, count);
    const broken = findChainBreak(sha256, before, kept);
    if (broken !== undefined) throw damagedLog(this.#file, broken.reason);
    if (kept.length < count) throw damagedLog(this.#file, `entry ${from + kept.length} is missing`);
    return kept;
  }

  head(): LogHead {
    return { ...this.#head, first: this.#base.sequence + 1 };
  }

  /** Forgets at most `limit` entries below `before`. Returns whether more are left to forget. */
  trim(before: number, limit: number): boolean {
    const log = this.#usable();
    const target = Math.min(before, this.#head.sequence) - 1;
    const start = this.#base.sequence;
    const end = Math.min(target, start + limit);
    if (end <= start) return false;
    const forgotten = this.read(start + 1, end - start);
    const last = forgotten.at(-1);
    if (last === undefined) return false;
    this.#write(log, () => {
      log.database.prepare('DELETE FROM entry WHERE sequence <= ?').run(end);
      log.database.prepare('UPDATE base SET sequence = ?, hash = ?').run(end, last.hash);
    });
    for (const { commandId, sequence } of forgotten) {
      // In a copy, a command that was forgotten and repeated has two entries.
      if (this.#ids.get(commandId) === sequence) this.#ids.delete(commandId);
    }
    this.#base = { sequence: end, hash: last.hash };
    return end < target;
  }

  close(): void {
    this.#release();
    this.#mark?.close();
  }

  #commit(log: OpenLog, entries: readonly LogEntry[], head: LogStart): void {
    this.#write(log, () => {
      for (const { sequence, commandId, payload, hash } of entries) {
        log.insert.run(sequence, commandId, payload, hash);
      }
    });
    this.#head = { sequence: head.sequence, hash: head.hash };
    for (const { commandId, sequence } of entries) this.#ids.set(commandId, sequence);
  }

  /** Nothing is acknowledged that is not marked. */
  #markHead(): void {
    if (this.#markedSequence === this.#head.sequence) return;
    try {
      this.#mark.write(this.#head);
      this.#markedSequence = this.#head.sequence;
    } catch (error) {
      throw logFault(error, this.#file, 'mark the head of the log');
    }
  }

  #open(start?: LogStart): OpenLog {
    const database = openLogDatabase(this.#directory, start);
    try {
      const insert = database.prepare('INSERT INTO entry VALUES (?, ?, ?, ?)');
      const select = database.prepare(
        'SELECT sequence, command_id, payload, hash FROM entry WHERE sequence >= ? ORDER BY sequence LIMIT ?',
      );
      select.setReturnArrays(true);
      return { database, insert, select };
    } catch (error) {
      database.close();
      throw logFault(error, this.#file, 'open the log');
    }
  }

  /** Reads where the log begins, verifies what follows, and compares the end with the mark. */
  #load(log: OpenLog): void {
    const row = log.database.prepare('SELECT sequence, hash FROM base').get();
    if (row === undefined) throw damagedLog(this.#file, 'it does not say where it begins');
    this.#base = { sequence: Number(row['sequence']), hash: String(row['hash']) };
    let head = this.#base;
    const ids = this.#ids;
    ids.clear();
    function* visit(entries: Iterable<LogEntry>): Generator<LogEntry> {
      for (const entry of entries) {
        yield entry;
        ids.set(entry.commandId, entry.sequence);
        head = { sequence: entry.sequence, hash: entry.hash };
      }
    }
    const broken = findChainBreak(sha256, this.#base, visit(this.#rows(log, 0, -1)));
    if (broken !== undefined) throw damagedLog(this.#file, broken.reason);
    this.#head = head;
    this.#compareMark();
  }

  #mustStartAt(startAt: LogStart): void {
    const base = this.#base;
    const same = base.sequence === startAt.sequence && base.hash === startAt.hash;
    if (same && this.#head.sequence === base.sequence) return;
    throw notEmpty(this.#file, startAt, this.#head);
  }

  #compareMark(): void {
    const mark = this.#mark.read();
    if (mark === 'unreadable') {
      throw damagedLog(this.#file, 'log.head, the mark of what was acknowledged, is not readable');
    }
    if (mark === 'empty' || mark.sequence < this.#base.sequence) return;
    if (mark.sequence > this.#head.sequence) {
      throw damagedLog(
        this.#file,
        `entries up to ${mark.sequence} were acknowledged, but it ends with ${this.#head.sequence}`,
      );
    }
    const { sequence } = mark;
    const marked = sequence === this.#base.sequence ? this.#base : this.read(sequence, 1)[0];
    if (marked?.hash !== mark.hash) {
      throw damagedLog(this.#file, `entry ${sequence} is not the one that was acknowledged`);
    }
  }

  /** Runs `change` in a transaction. Afterwards memory and file agree, or `#usable` sees to it. */
  #write({ database }: OpenLog, change: () => void): void {
    try {
      database.exec('BEGIN IMMEDIATE');
      change();
      database.exec('COMMIT');
    } catch (error) {
      this.#giveUp(database, error);
      throw logFault(error, this.#file, 'write the log');
    }
  }

  #giveUp(database: DatabaseSync, error: unknown): void {
    try {
      if (database.isTransaction) database.exec('ROLLBACK');
      if (isRefusedWrite(error)) return;
    } catch {
      // A database that cannot roll back is opened anew, like the others below.
    }
    // After a failed sync only the file knows what happened: it is opened and read again.
    this.#release();
  }

  /** The open log. After a failed write it is opened again, and learns what that write left. */
  #usable(): OpenLog {
    if (this.#log !== undefined) return this.#log;
    const log = this.#open();
    this.#log = log;
    try {
      this.#load(log);
      // What the failed write left in the write-ahead log counts only after a sync that succeeds.
      log.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      this.#markHead();
      return log;
    } catch (error) {
      this.#release();
      throw logFault(error, this.#file, 'read the log again after a failed write');
    }
  }

  #release(): void {
    const log = this.#log;
    this.#log = undefined;
    try {
      log?.database.close();
    } catch {
      // The handle is gone either way.
    }
  }

  *#rows(log: OpenLog, from: number, limit: number): Generator<LogEntry> {
    for (const row of log.select.iterate(from, limit) as Iterable<unknown>) {
      const [sequence, commandId, payload, hash] = row as unknown[];
      if (
        typeof sequence !== 'number' ||
        typeof commandId !== 'string' ||
        !(payload instanceof Uint8Array) ||
        typeof hash !== 'string'
      ) {
        throw damagedLog(this.#file, `a row from ${from} on is not an entry`);
      }
      yield { sequence, commandId, payload, hash };
    }
  }
}
