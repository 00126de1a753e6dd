/** Runs one benchmark by name: a table for people, then one line of JSON for machines. */

import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { join } from 'node:path';
import type { Benchmark } from './benchmark.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const name = process.argv[2];
const file = name === undefined ? undefined : join(folder, `${name}.bench.ts`);

if (name === undefined || file === undefined || !existsSync(file)) {
  const known = readdirSync(folder)
    .filter((entry) => entry.endsWith('.bench.ts'))
    .map((entry) => entry.replace('.bench.ts', ''));
  console.error(`usage: npm run bench -- NAME\nNAME is one of: ${known.join(', ')}`);
  process.exit(2);
}

const { benchmark } = (await import(pathToFileURL(file).href)) as { benchmark: Benchmark };
const results = await benchmark();
const width = Math.max(...results.map((result) => result.name.length));
for (const { name: row, value, unit, bar, ok } of results) {
  const shown = Number.isInteger(value) ? String(value) : value.toPrecision(3);
  const verdict = bar === undefined ? '' : `  bar ${bar} ${unit}  ${ok ? 'met' : 'MISSED'}`;
  console.log(`${row.padEnd(width)}  ${shown.padStart(10)} ${unit}${verdict}`);
}
console.log(JSON.stringify({ bench: name, results }));
