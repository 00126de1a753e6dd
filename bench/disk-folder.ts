/** A folder on a disk: a sync on a memory file system costs nothing, and would prove nothing. */

import { mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TMPFS = 0x01021994;

export function makeDiskFolder(prefix: string): string {
  const base = statfsSync(tmpdir()).type === TMPFS ? process.cwd() : tmpdir();
  return mkdtempSync(join(base, prefix));
}
