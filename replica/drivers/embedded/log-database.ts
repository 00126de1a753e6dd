/** Opens the SQLite file of a log: settings, format, and the lock that keeps others out. */

import { accessSync, chmodSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import { BEGINNING, type LogStart } from './log-start.ts';
import { damagedLog, isBusy, logFault } from './sqlite-faults.ts';

/** "Tars" as a number: marks the file as ours. */
const APPLICATION_ID = 0x54617273;
const FORMAT = 1;

/**
 * WAL with `FULL` syncs the write-ahead log in every commit; `NORMAL` would not, and loses
 * acknowledged entries in a power loss. The exclusive lock ends with the process, however it ends.
 */
const SETTINGS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
`;

/** `base` is the position before the first kept entry. */
const schema = ({ sequence, hash }: LogStart) => `
  BEGIN IMMEDIATE;
  CREATE TABLE entry (
    sequence INTEGER PRIMARY KEY, command_id TEXT NOT NULL, payload BLOB NOT NULL, hash TEXT NOT NULL
  ) STRICT;
  CREATE TABLE base (sequence INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
  INSERT INTO base VALUES (${sequence}, '${hash}');
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT};
  COMMIT;
`;

/**
 * The open database, which begins at `start` if it is new, locked for this process until it is closed. Nothing else in this process may
 * open and close `log.db` as a plain file: closing it would drop the lock (POSIX record locks).
 */
export function openLogDatabase(directory: string, start: LogStart = BEGINNING): DatabaseSync {
  const file = join(directory, 'log.db');
  const pidFile = join(directory, 'log.pid');
  let database: DatabaseSync | undefined;
  try {
    const isNew = !existsSync(file);
    database = new DatabaseSync(file);
    if (isNew) chmodSync(file, 0o600);
    database.exec(SETTINGS);
    checkFormat(database, file, start);
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
    return database;
  } catch (error) {
    database?.close();
    if (isBusy(error)) throw lockedBy(file, pidFile);
    if (isReadOnlyByDamage(error, file))
      throw damagedLog(file, 'its header is not readable', error);
    throw logFault(error, file, 'open the log');
  }
}

function checkFormat(database: DatabaseSync, file: string, start: LogStart): void {
  const read = (query: string) => Number(Object.values(database.prepare(query).get() ?? {})[0]);
  const format = read('PRAGMA user_version');
  if (format === 0 && read('SELECT count(*) FROM sqlite_schema') === 0) {
    database.exec(schema(start));
    return;
  }
  if (read('PRAGMA application_id') !== APPLICATION_ID || format < 1) {
    throw damagedLog(file, 'it is a database, but not a log');
  }
  if (format > FORMAT) {
    throw new TarsierError(
      'LOG_TOO_NEW',
      `The log ${file} has format ${format}; this version reads formats up to ${FORMAT}. Start the version that wrote it.`,
      { details: { file, format, known: FORMAT } },
    );
  }
}

/** A header of an unknown write version makes SQLite treat the file as read-only. */
function isReadOnlyByDamage(error: unknown, file: string): boolean {
  if (!(error instanceof Error) || !error.message.includes('readonly database')) return false;
  try {
    accessSync(file, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function lockedBy(file: string, pidFile: string): TarsierError {
  let pid: number | undefined;
  try {
    pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
  } catch {
    // The holder has not written its pid yet. The lock is what counts.
  }
  const holder = pid === undefined ? 'another process' : `process ${pid}`;
  return new TarsierError(
    'LOG_LOCKED',
    `The log ${file} is in use by ${holder}. Stop it, or choose another data directory.`,
    { details: { file, ...(pid === undefined ? {} : { pid }) } },
  );
}
