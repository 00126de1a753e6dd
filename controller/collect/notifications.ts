/** What services, or their libraries, want people to know: the last ones of each service. */

import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { CollectedEntry } from '../../link/messages/collected-entry.ts';
import type { NotificationResource } from '../../registry/status/resources.ts';
import type { NotificationPage, NotificationQuery } from '../api/status-ports.ts';

/** Of all services together: whoever invents names of services fills no disk. */
const allMax = 200_000;
const messageLengthMax = 16 * 1024;
const levels: readonly unknown[] = ['normal', 'warn', 'error', 'alarm'];

export class Notifications {
  readonly #database: DatabaseSync;
  readonly #perServiceMax: number;
  readonly #insert: StatementSync;
  readonly #trimService: StatementSync;
  readonly #trimAll: StatementSync;

  constructor(database: DatabaseSync, perServiceMax: number) {
    this.#database = database;
    this.#perServiceMax = perServiceMax;
    this.#insert = database.prepare(
      'INSERT INTO notifications (at, service, node, level, message, thread) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#trimService = database.prepare(
      `DELETE FROM notifications WHERE service = ? AND id <=
         (SELECT id FROM notifications WHERE service = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`,
    );
    this.#trimAll = database.prepare('DELETE FROM notifications WHERE id <= ?');
  }

  add(entry: CollectedEntry, body: Readonly<Record<string, unknown>>): void {
    const { at, source, node } = entry;
    const { level, message, thread } = body;
    const { lastInsertRowid } = this.#insert.run(
      Math.trunc(at),
      source,
      node,
      levels.includes(level) ? String(level) : 'normal',
      textOf(message).slice(0, messageLengthMax),
      textOf(thread).slice(0, 256),
    );
    this.#trimService.run(source, source, this.#perServiceMax);
    this.#trimAll.run(Number(lastInsertRowid) - allMax);
  }

  page({ service, node, limit, before }: NotificationQuery): NotificationPage {
    const conditions: string[] = ['1 = 1'];
    const values: SQLInputValue[] = [];
    const where = (condition: string, value: SQLInputValue | undefined) => {
      if (value === undefined) return;
      conditions.push(condition);
      values.push(value);
    };
    where('service = ?', service);
    where('node = ?', node);
    const filter = conditions.join(' AND ');
    const counted = this.#database
      .prepare(`SELECT count(*) AS total FROM notifications WHERE ${filter}`)
      .get(...values);
    const rows = this.#database
      .prepare(`SELECT * FROM notifications WHERE ${filter} AND id < ? ORDER BY id DESC LIMIT ?`)
      .all(...values, before ?? Number.MAX_SAFE_INTEGER, limit + 1);
    return {
      items: rows.slice(0, limit).map((row) => ({
        id: String(row['id']),
        at: Number(row['at']),
        service: String(row['service']),
        node: String(row['node']),
        level: String(row['level']) as NotificationResource['level'],
        message: String(row['message']),
        ...(row['thread'] === '' ? {} : { thread: String(row['thread']) }),
      })),
      total: Number(counted?.['total'] ?? 0),
      hasMore: rows.length > limit,
    };
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
