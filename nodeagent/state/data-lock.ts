/** One agent per data directory: a lock of the kernel, so that it goes when its process goes. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { TarsierError } from '../../errors/tarsier-error.ts';

export interface DataLock {
  release(): void;
}

/** Fails with `AGENT_LOCKED` and names the process that holds it. */
export function lockDataDir(dataDir: string): DataLock {
  const pidPath = join(dataDir, 'agent.pid');
  // SQLite takes a POSIX lock on the file: held until close or death, on any file system with locks.
  const database = new DatabaseSync(join(dataDir, 'agent.lock'));
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new TarsierError(
      'AGENT_LOCKED',
      `Another agent${holder(pidPath)} uses ${dataDir}. Stop it, or give this agent its own data directory.`,
      { cause },
    );
  }
  writeFileSync(pidPath, `${process.pid}\n`);
  return { release: () => database.close() };
}

function holder(pidPath: string): string {
  try {
    return ` (pid ${readFileSync(pidPath, 'utf8').trim()})`;
  } catch {
    return '';
  }
}
