/** Every broken repository says exactly what its golden file says. UPDATE_GOLDEN=1 rewrites them. */

import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { countFaults, renderFaultsAsText } from '../../../spec/fault-output/render-text.ts';
import { checkDirectory, type CheckedDirectory } from '../../../spec/read/check-directory.ts';

/** Sound objects that every broken repository has besides its own files. */
const base = fileURLToPath(new URL('../../fixtures/broken-base/', import.meta.url));
const fixtures = fileURLToPath(new URL('../../fixtures/broken/', import.meta.url));
const golden = fileURLToPath(new URL('../../golden/faults/', import.meta.url));
const names = readdirSync(fixtures).toSorted();

async function describeRepository(name: string): Promise<string> {
  const root = mkdtempSync(`${tmpdir()}/tarsier-broken-`);
  try {
    cpSync(base, root, { recursive: true });
    cpSync(`${fixtures}${name}`, root, { recursive: true, verbatimSymlinks: true });
    return describeFaults(await checkDirectory(root));
  } finally {
    rmSync(root, { recursive: true });
  }
}

function describeFaults({ faults, held, unaffectedCount, readSource }: CheckedDirectory): string {
  const text = renderFaultsAsText(faults, readSource);
  const waiting = held.map(({ object, reason, because }) => {
    const cause = because === undefined ? '' : `, waits for ${because.kind} ${because.name}`;
    return `held: ${object.kind} ${object.name} (${reason}${cause})\n`;
  });
  return `${text}\n\n${waiting.join('')}${countFaults(faults)}; ${unaffectedCount} other objects are not affected\n`;
}

describe('broken repositories', () => {
  test('there are enough of them, and each golden file has its repository', () => {
    expect(names.length).toBeGreaterThanOrEqual(100);
    const known = readdirSync(golden).map((file) => file.replace(/\.txt$/, ''));
    expect(known.filter((name) => !names.includes(name))).toEqual([]);
  });

  test.each(names)('%s', async (name) => {
    const found = await describeRepository(name);
    expect(found).toMatch(/^(error|warning)\[/);
    const file = `${golden}${name}.txt`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, found);
    expect(existsSync(file), `${file} is missing: run with UPDATE_GOLDEN=1`).toBe(true);
    expect(found).toBe(readFileSync(file, 'utf8'));
  });
});
