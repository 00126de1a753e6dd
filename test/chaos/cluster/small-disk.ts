/** A disk of its own for a member, that can be filled: a file system in memory, mounted by the test. */

import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface SmallDisk {
  readonly folder: string;
  /** Takes all space that is left. Absent when this is a plain folder. */
  fill?(): void;
  free(): void;
}

/** Gone with the test. */
export function openSmallDisk(folder: string, sizeMib: number): SmallDisk {
  mkdirSync(folder, { recursive: true });
  const filler = join(folder, 'filler');
  const free = (): void => rmSync(filler, { force: true });
  try {
    const options = `size=${sizeMib}m,mode=700`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'pipe' });
  } catch {
    return { folder, free };
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
  return { folder, fill: () => fillUp(filler), free };
}

function fillUp(filler: string): void {
  const file = openSync(filler, 'a');
  try {
    for (let sizeBytes = 2 ** 20; sizeBytes >= 512;) {
      try {
        writeSync(file, Buffer.alloc(sizeBytes));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        sizeBytes /= 2;
      }
    }
  } finally {
    closeSync(file);
  }
}
