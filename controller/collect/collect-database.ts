/** Opens the database of what services report; a damaged one is put aside and begun anew. */

import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const fileName = 'collect.db';

const schema = `
  CREATE TABLE IF NOT EXISTS streams (
    node TEXT NOT NULL, stream TEXT NOT NULL, up_to INTEGER NOT NULL, touched INTEGER NOT NULL,
    PRIMARY KEY (node, stream)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS counters (
    kind TEXT NOT NULL, source TEXT NOT NULL, entries INTEGER NOT NULL, bytes INTEGER NOT NULL,
    last_at INTEGER NOT NULL, PRIMARY KEY (kind, source)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS notifications (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, service TEXT NOT NULL,
    node TEXT NOT NULL, level TEXT NOT NULL, message TEXT NOT NULL, thread TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS notifications_of_service ON notifications (service, id);
  CREATE INDEX IF NOT EXISTS notifications_of_node ON notifications (node, id);
`;

/** SQLite's primary codes for a file that is damaged, and for one that is no database. */
const damageCodes: ReadonlySet<number> = new Set([11, 26]);
/** No permission, busy, locked, no memory, read-only, no disk: the file may be as good as ever. */
const outerCodes: ReadonlySet<number> = new Set([3, 5, 6, 7, 8, 10, 13, 14]);

/**
 * A loss of power may take the last moments; a kill of the process takes nothing. What `prepare`
 * reads belongs to the opening: damage shows where it is, and that is seldom at the beginning.
 */
export function openCollectDatabase<Prepared>(
  folder: string,
  prepare: (database: DatabaseSync) => Prepared,
  onDamage: (error: unknown) => void,
): Prepared {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, fileName);
  try {
    return open(path, prepare);
  } catch (error) {
    if (outerCodes.has(codeOf(error))) throw error;
    onDamage(error);
    putAside(folder);
    return open(path, prepare);
  }
}

/** Nobody may have it open. */
export function putAside(folder: string): void {
  const path = join(folder, fileName);
  renameSync(path, `${path}.damaged`);
  for (const end of ['-wal', '-shm']) rmSync(path + end, { force: true });
}

export function isDamage(error: unknown): boolean {
  return damageCodes.has(codeOf(error));
}

/** The last byte; what is before it only says more. 0 for errors of others. */
function codeOf(error: unknown): number {
  const isOfSqlite = error instanceof Error && 'errcode' in error;
  return isOfSqlite && typeof error.errcode === 'number' ? error.errcode & 0xff : 0;
}

function open<Prepared>(path: string, prepare: (database: DatabaseSync) => Prepared): Prepared {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    database.exec(schema);
    return prepare(database);
  } catch (error) {
    database.close();
    throw error;
  }
}
