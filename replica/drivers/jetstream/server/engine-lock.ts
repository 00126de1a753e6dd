/** One process looks after the server of a folder: a lock of the kernel, that ends with its holder. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { TarsierError } from '../../../../errors/tarsier-error.ts';

/** Returns what gives the lock back. `ENGINE_LOCKED` names the holder. */
export function lockEngine(engineFolder: string): () => void {
  const pidFile = join(engineFolder, 'manager.pid');
  // SQLite takes a POSIX lock on the file: held until it is closed, or its process is gone.
  const database = new DatabaseSync(join(engineFolder, 'manager.lock'));
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new TarsierError(
      'ENGINE_LOCKED',
      `Cannot look after the engine in ${engineFolder}: another process${holderIn(pidFile)} does.`,
      { cause },
    );
  }
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  return () => database.close();
}

function holderIn(pidFile: string): string {
  try {
    return ` (pid ${readFileSync(pidFile, 'utf8').trim()})`;
  } catch {
    return '';
  }
}
