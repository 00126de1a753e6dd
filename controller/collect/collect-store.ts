/**
 * Keeps what services report: counters, notifications, logs. A batch that comes again changes
 * nothing: how far each stream is kept is written together with what came in it.
 */

import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { CollectedEntry } from '../../link/messages/collected-entry.ts';
import type { Collected } from '../../link/messages/messages.ts';
import type { Collector } from '../agents/agent-links.ts';
import type { ReportResource } from '../../registry/status/resources.ts';
import type { CollectedPort, NotificationPage, NotificationQuery } from '../api/status-ports.ts';
import { openCollectDatabase } from './collect-database.ts';
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

/** An agent begins a new stream with each start, and is done with one before it goes on to the next. */
const streamsPerNodeMax = 16;

export class CollectStore implements Collector, CollectedPort {
  readonly #options: CollectStoreOptions;
  readonly #database: DatabaseSync;
  readonly #counters: Counters;
  readonly #notifications: Notifications;
  readonly #logs: LogFiles;

  constructor(options: CollectStoreOptions) {
    const { folder, onDamage, logBytesMax, notificationsPerServiceMax = 1_000 } = options;
    this.#options = options;
    this.#database = openCollectDatabase(folder, onDamage);
    this.#counters = new Counters(this.#database);
    this.#notifications = new Notifications(this.#database, notificationsPerServiceMax);
    this.#logs = new LogFiles({
      folder: join(folder, 'logs'),
      ...(logBytesMax === undefined ? {} : { bytesMax: logBytesMax }),
    });
  }

  counters(): readonly ReportResource[] {
    return this.#counters.all();
  }

  notifications(query: NotificationQuery): NotificationPage {
    return this.#notifications.page(query);
  }

  /** Number up to which the stream is kept now. Throws when the disk does not take it. */
  take(node: string, { stream, from, entries }: Collected): number {
    const known = this.#upTo(node, stream);
    const fresh = entries.slice(Math.max(0, known - from + 1));
    if (fresh.length === 0) return Math.max(known, from + entries.length - 1);
    const upTo = from + entries.length - 1;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      // The node is the one that is connected, whatever an entry says.
      for (const entry of fresh) this.#takeOne({ ...entry, node });
      this.#setUpTo(node, stream, upTo);
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
    return upTo;
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #takeOne(entry: CollectedEntry): void {
    const body = parseBody(entry.body);
    this.#counters.count(entry, body);
    if (entry.kind === 'notify') this.#notifications.add(entry, body);
    if (entry.kind === 'log' && typeof body['file'] === 'string') {
      const lines = Array.isArray(body['lines']) ? body['lines'] : [];
      const isTaken = this.#logs.append(
        body['file'],
        lines.filter((line) => typeof line === 'string'),
      );
      if (!isTaken) this.#counters.countRefused(entry);
    }
  }

  #upTo(node: string, stream: string): number {
    const row = this.#database
      .prepare('SELECT up_to FROM streams WHERE node = ? AND stream = ?')
      .get(node, stream);
    return Number(row?.['up_to'] ?? 0);
  }

  #setUpTo(node: string, stream: string, upTo: number): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO streams (node, stream, up_to, touched) VALUES (?, ?, ?, ?)')
      .run(node, stream, upTo, Math.trunc(this.#options.now()));
    this.#database
      .prepare(
        `DELETE FROM streams WHERE node = ? AND stream NOT IN (
           SELECT stream FROM streams WHERE node = ? ORDER BY touched DESC LIMIT ${streamsPerNodeMax})`,
      )
      .run(node, node);
  }
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
