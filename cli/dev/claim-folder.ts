/** Takes a folder for ourselves alone: places such as `/tmp` are shared with others. */

import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { TarsierError } from '../../errors/tarsier-error.ts';

/** Makes the folder if need be, mode 0700. Throws `USAGE` with `hint` if it is a link or another user's. */
export function claimFolder(path: string, hint: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  const mine = process.getuid?.() ?? found.uid;
  if (found.uid !== mine || found.isSymbolicLink()) {
    throw new TarsierError('USAGE', `The folder ${path} is a link or belongs to another user.`, {
      hint,
    });
  }
  chmodSync(path, 0o700);
}
