/** Opens the database of what services report; a damaged one is put aside and begun anew. */

import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

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

/** A loss of power may take the last moments; a kill of the process takes nothing. */
export function openCollectDatabase(
  folder: string,
  onDamage: (error: unknown) => void,
): DatabaseSync {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'collect.db');
  try {
    return open(path);
  } catch (error) {
    onDamage(error);
    renameSync(path, `${path}.damaged`);
    for (const end of ['-wal', '-shm']) rmSync(path + end, { force: true });
    return open(path);
  }
}

function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    database.exec(schema);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
