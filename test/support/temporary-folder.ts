/** Folders that are removed when the test ends. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export function temporaryFolder(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'tarsier-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** In memory where the machine has such a place: for tests that play the disk themselves. */
export function memoryFolder(): string {
  return temporaryFolder(existsSync('/dev/shm') ? '/dev/shm' : tmpdir());
}
