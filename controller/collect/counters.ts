/** Counts what services report, by kind and source; a bounded number of sources. */

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { CollectedEntry } from '../../link/messages/collected-entry.ts';
import type { ReportResource } from '../../registry/status/resources.ts';

const sourcesMax = 5_000;
const others = 'others';

export class Counters {
  readonly #known: Set<string>;
  readonly #add: StatementSync;
  readonly #all: StatementSync;

  constructor(database: DatabaseSync) {
    this.#add = database.prepare(
      `INSERT INTO counters (kind, source, entries, bytes, last_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (kind, source) DO UPDATE SET
         entries = min(entries + excluded.entries, ${Number.MAX_SAFE_INTEGER}),
         bytes = min(bytes + excluded.bytes, ${Number.MAX_SAFE_INTEGER}), last_at = excluded.last_at`,
    );
    this.#all = database.prepare('SELECT * FROM counters ORDER BY kind, source');
    this.#known = new Set(this.all().map(({ kind, source }) => `${kind} ${source}`));
  }

  all(): readonly ReportResource[] {
    return this.#all.all().map((row) => ({
      kind: String(row['kind']) as ReportResource['kind'],
      source: String(row['source']),
      entries: Number(row['entries']),
      bytes: Number(row['bytes']),
      lastAt: Number(row['last_at']),
    }));
  }

  count(entry: CollectedEntry, body: Readonly<Record<string, unknown>>): void {
    if (entry.kind !== 'dropped') return this.#count(entry.kind, entry.source, 1, entry);
    const entries = Number.isSafeInteger(body['entries']) ? Number(body['entries']) : 1;
    this.#count(entry.kind, entry.node, Math.max(0, entries), entry);
  }

  /** Came, and could not be kept. */
  countRefused(entry: CollectedEntry): void {
    this.#count('refused', entry.source, 1, entry);
  }

  #count(kind: string, source: string, entries: number, { at, body }: CollectedEntry): void {
    const plain = /^[\w.@-]{1,256}$/.test(source) ? source : others;
    const key = `${kind} ${plain}`;
    const isRoom = this.#known.has(key) || this.#known.size < sourcesMax;
    if (isRoom) this.#known.add(key);
    this.#add.run(kind, isRoom ? plain : others, entries, body.length, Math.trunc(at));
  }
}
