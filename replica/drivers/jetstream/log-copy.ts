/**
 * What one member knows of the log: its own copy on disk, and the newest entries that are on their way
 * there. Whatever the engine loses is put back from here.
 */

import type { LogEntry, LogHead } from '../../core/log.ts';
import { isTarsierError } from '../../../errors/tarsier-error.ts';
import { isMove } from '../../core/move-record.ts';
import type { EmbeddedLog } from '../embedded/embedded-log.ts';
import type { Position } from './batch.ts';

const READ_ENTRIES = 1_000;
/** So much may wait for the disk before new entries do. */
/** What an entry takes in memory beside its payload. */
const ENTRY_BYTES = 500;
const WAITING_BYTES_MAX = 64 * 2 ** 20;

export class LogCopy {
  readonly #disk: EmbeddedLog;
  readonly #ids = new Map<string, number>();
  #head: Position;
  #lastCommandId = '';
  #first: number;
  /** Known, and not on the disk yet. */
  #waiting: LogEntry[] = [];
  #waitingBytes = 0;
  /** Told when the disk will not take entries any more, whatever is waited for. */
  onFailed: ((error: unknown) => void) | undefined;
  #keeping: Promise<void> | undefined;
  #failure: unknown;

  private constructor(disk: EmbeddedLog, { sequence, hash, first }: LogHead) {
    this.#disk = disk;
    this.#head = { sequence, hash };
    this.#first = first;
  }

  /** Reads all ids. The disk belongs to the copy from now on. */
  static async open(disk: EmbeddedLog): Promise<LogCopy> {
    const head = await disk.head();
    const copy = new LogCopy(disk, head);
    for (let from = head.first; from <= head.sequence; from += READ_ENTRIES) {
      for (const { commandId, sequence } of await disk.read(from, READ_ENTRIES)) {
        copy.#ids.set(commandId, sequence);
        copy.#lastCommandId = commandId;
      }
    }
    return copy;
  }

  get head(): Position {
    return this.#head;
  }

  /** The log goes on elsewhere: nothing may be appended here. */
  get isMoved(): boolean {
    return isMove(this.#lastCommandId);
  }

  /** Why the newest entries are not on the disk; `undefined` when they are, or will be soon. */
  get failure(): unknown {
    return this.#failure;
  }

  get first(): number {
    return this.#first;
  }

  sequenceOf(commandId: string): number | undefined {
    return this.#ids.get(commandId);
  }

  /** Entries that follow the head; known at once, on the disk soon. */
  extend(entries: readonly LogEntry[]): void {
    const last = entries.at(-1);
    if (last === undefined) return;
    this.#head = { sequence: last.sequence, hash: last.hash };
    this.#lastCommandId = last.commandId;
    for (const entry of entries) {
      this.#ids.set(entry.commandId, entry.sequence);
      this.#waiting.push(entry);
      this.#waitingBytes += entry.payload.length + ENTRY_BYTES;
    }
    this.#keeping ??= this.#keepAll();
  }

  /** Resolves when there is room for more entries on their way to the disk. */
  async roomForMore(): Promise<void> {
    if (this.#waitingBytes > WAITING_BYTES_MAX) await this.settled();
  }

  /** Everything known is on the disk. Rejects when the disk does not take it. */
  async settled(): Promise<void> {
    while (this.#keeping !== undefined) await this.#keeping;
    if (this.#waiting.length === 0) return;
    this.#keeping = this.#keepAll();
    await this.#keeping;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async read(from: number, limit: number): Promise<readonly LogEntry[]> {
    const [waiting] = this.#waiting;
    if (waiting === undefined || from < waiting.sequence) {
      const upTo = waiting === undefined ? limit : Math.min(limit, waiting.sequence - from);
      const kept = await this.#disk.read(from, upTo);
      if (kept.length > 0 || from < (this.#waiting[0]?.sequence ?? 0)) return kept;
    }
    const skipped = from - (this.#waiting[0]?.sequence ?? from);
    return this.#waiting.slice(Math.max(0, skipped), Math.max(0, skipped) + limit);
  }

  async hashAt(sequence: number): Promise<string | undefined> {
    if (sequence === this.#head.sequence) return this.#head.hash;
    const waiting = this.#waiting.find((entry) => entry.sequence === sequence);
    return waiting?.hash ?? this.#disk.hashAt(sequence);
  }

  async trim(before: number): Promise<void> {
    await this.settled();
    const forgotten: (readonly [string, number])[] = [];
    const end = Math.min(before, this.#head.sequence);
    for (let from = this.#first; from < end; from += READ_ENTRIES) {
      const entries = await this.#disk.read(from, Math.min(READ_ENTRIES, end - from));
      for (const { commandId, sequence } of entries) forgotten.push([commandId, sequence]);
    }
    await this.#disk.trim(before);
    for (const [commandId, sequence] of forgotten) {
      if (this.#ids.get(commandId) === sequence) this.#ids.delete(commandId);
    }
    this.#first = Math.max(this.#first, end);
  }

  async close(): Promise<void> {
    await this.settled().catch(() => undefined);
    await this.#disk.close();
  }

  /** What the disk refuses stays here, and is tried again with the next entries. */
  async #keepAll(): Promise<void> {
    this.#failure = undefined;
    // Entries of one turn of the event loop go to the disk together.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      while (this.#waiting.length > 0) {
        const entries = this.#waiting.slice(0, READ_ENTRIES);
        await this.#disk.keep(entries);
        this.#waiting = this.#waiting.slice(entries.length);
        for (const { payload } of entries) this.#waitingBytes -= payload.length + ENTRY_BYTES;
      }
    } catch (error) {
      this.#failure = error;
      if (!isTarsierError(error) || error.consequence !== 'transient') this.onFailed?.(error);
    } finally {
      this.#keeping = undefined;
    }
  }
}
