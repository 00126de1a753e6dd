/** Compares a text with its golden file; UPDATE_GOLDEN=1 rewrites the file, to be reviewed as a diff. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/** `path` below `test/golden/`. */
export function expectGolden(path: string, found: string): void {
  const file = fileURLToPath(new URL(`../golden/${path}`, import.meta.url));
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, found);
  }
  expect(existsSync(file), `${file} is missing: run with UPDATE_GOLDEN=1`).toBe(true);
  expect(found).toBe(readFileSync(file, 'utf8'));
}
