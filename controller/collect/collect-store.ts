/**
 * Keeps what services report: counters, notifications, logs. A batch that comes again changes
 * nothing: how far each stream is kept is written together with what came in it.
 */

import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { CollectedEntry } from '../../link/messages/collected-entry.ts';
import type { Collected } from '../../link/messages/messages.ts';
import type { Collector } from '../agents/session-ports.ts';
import type { TimeMs } from '../../registry/model.ts';
import type { ReportResource } from '../../registry/status/resources.ts';
import type { CollectedPort, NotificationPage, NotificationQuery } from '../api/status-ports.ts';
import { isDamage, openCollectDatabase, putAside } from './collect-database.ts';
import { Counters } from './counters.ts';
import { LogFiles } from './log-files.ts';
import { Notifications } from './notifications.ts';

export interface CollectStoreOptions {
  readonly folder: string;
  readonly now: () => number;
  onDamage(error: unknown): void;
  readonly notificationsPerServiceMax?: number;
  readonly logBytesMax?: number;
}

interface Kept {
  readonly database: DatabaseSync;
  readonly counters: Counters;
  readonly notifications: Notifications;
}

/** An agent begins a new stream with each start, and is done with one before it goes on to the next. */
const streamsPerNodeMax = 16;

export class CollectStore implements Collector, CollectedPort {
  readonly #options: CollectStoreOptions;
  #kept: Kept;
  readonly #logs: LogFiles;

  constructor(options: CollectStoreOptions) {
    const { folder, logBytesMax } = options;
    this.#options = options;
    this.#kept = this.#open();
    this.#logs = new LogFiles({
      folder: join(folder, 'logs'),
      ...(logBytesMax === undefined ? {} : { bytesMax: logBytesMax }),
    });
  }

  counters(): readonly ReportResource[] {
    return this.#kept.counters.all();
  }

  notifications(query: NotificationQuery): NotificationPage {
    return this.#kept.notifications.page(query);
  }

  /** Number up to which the stream is kept now. Throws when the disk does not take it. */
  take(node: string, { stream, from, entries }: Collected): number {
    try {
      return this.#take(node, { stream, from, entries });
    } catch (error) {
      // The batch comes again, and finds a new one.
      if (isDamage(error)) this.#renew(error);
      throw error;
    }
  }

  close(): void {
    if (this.#kept.database.isOpen) this.#kept.database.close();
  }

  #open(): Kept {
    const { folder, onDamage, notificationsPerServiceMax = 1_000 } = this.#options;
    const prepare = (database: DatabaseSync): Kept => ({
      database,
      counters: new Counters(database),
      notifications: new Notifications(database, notificationsPerServiceMax),
    });
    return openCollectDatabase(folder, prepare, onDamage);
  }

  #renew(error: unknown): void {
    this.close();
    putAside(this.#options.folder);
    this.#options.onDamage(error);
    this.#kept = this.#open();
  }

  #take(node: string, { stream, from, entries }: Omit<Collected, 'type'>): number {
    const known = this.#upTo(node, stream);
    const fresh = entries.slice(Math.max(0, known - from + 1));
    if (fresh.length === 0) return Math.max(known, from + entries.length - 1);
    const upTo = from + entries.length - 1;
    this.#kept.database.exec('BEGIN IMMEDIATE');
    try {
      // The node is the one that is connected, whatever an entry says.
      for (const entry of fresh) this.#takeOne({ ...entry, node, at: readableTime(entry.at) });
      this.#setUpTo(node, stream, upTo);
      this.#kept.database.exec('COMMIT');
    } catch (error) {
      if (this.#kept.database.isTransaction) this.#kept.database.exec('ROLLBACK');
      throw error;
    }
    return upTo;
  }

  #takeOne(entry: CollectedEntry): void {
    const body = parseBody(entry.body);
    this.#kept.counters.count(entry, body);
    if (entry.kind === 'notify') this.#kept.notifications.add(entry, body);
    if (entry.kind === 'log' && typeof body['file'] === 'string') {
      const lines = Array.isArray(body['lines']) ? body['lines'] : [];
      const isTaken = this.#logs.append(
        body['file'],
        lines.filter((line) => typeof line === 'string'),
      );
      if (!isTaken) this.#kept.counters.countRefused(entry);
    }
  }

  #upTo(node: string, stream: string): number {
    const row = this.#kept.database
      .prepare('SELECT up_to FROM streams WHERE node = ? AND stream = ?')
      .get(node, stream);
    return Number(row?.['up_to'] ?? 0);
  }

  #setUpTo(node: string, stream: string, upTo: number): void {
    this.#kept.database
      .prepare('INSERT OR REPLACE INTO streams (node, stream, up_to, touched) VALUES (?, ?, ?, ?)')
      .run(node, stream, upTo, Math.trunc(this.#options.now()));
    this.#kept.database
      .prepare(
        `DELETE FROM streams WHERE node = ? AND stream NOT IN (
           SELECT stream FROM streams WHERE node = ? ORDER BY touched DESC LIMIT ${streamsPerNodeMax})`,
      )
      .run(node, node);
  }
}

/** The database holds larger numbers than JavaScript reads from it. */
function readableTime(at: TimeMs): TimeMs {
  return Math.max(0, Math.min(Math.trunc(at), Number.MAX_SAFE_INTEGER));
}

/** What is no JSON object is kept as a text. */
function parseBody(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Below.
  }
  return { message: body };
}
