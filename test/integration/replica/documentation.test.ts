import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const page = readFileSync(new URL('../../../docs/replica.md', import.meta.url), 'utf8');
const library = new URL('../../../replica/main.ts', import.meta.url).href;

interface Example {
  readonly name: string;
  readonly code: string;
  readonly output: string;
}

/** Every block of code with the block of output that follows it. */
function readExamples(): Example[] {
  const blocks = page.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```[\s\S]*?```text\n([\s\S]*?)```/g);
  return [...blocks].map(([, name = '', code = '', output = '']) => ({ name, code, output }));
}

function runExample({ name, code }: Example, folder: string, data: string): string {
  const file = join(folder, name);
  writeFileSync(file, code.replaceAll(`'tarsier/replica'`, JSON.stringify(library)));
  return execFileSync(process.execPath, [file, join(folder, data)]).toString();
}

const examples = readExamples();

test('the page has the examples that it should have', () => {
  expect(examples.map(({ name }) => name)).toEqual([
    'counter.ts',
    'lock-service.ts',
    'replicated-blobs.ts',
  ]);
  expect(page.match(/```ts/g)?.length).toBe(examples.length);
});

test.each(examples)('$name prints what the page says', (example) => {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  let printed = runExample(example, folder, 'data');
  // The page says: run it twice.
  if (example.name === 'counter.ts') printed += runExample(example, folder, 'data');
  expect(printed).toBe(example.output);
});

test('the package offers the library under the name that the page imports', () => {
  const manifest = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  ) as { name: string; exports?: Record<string, unknown> };
  expect(manifest.name).toBe('tarsier');
  expect(manifest.exports?.['./replica']).toBe('./dist/replica/main.js');
});
