/** The tables of tars-contract §6.2, §6.3 and §9.6 as scenarios: a fleet, questions, and full answers. */

import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { expectGolden } from '../../support/golden.ts';
import { runLookupScenario } from '../../support/lookup/lookup-scenario.ts';

const folder = new URL('../../golden/lookup/', import.meta.url);
const files = readdirSync(folder).toSorted();

it('has scenarios', () => {
  expect(files.length).toBeGreaterThan(5);
});

it.each(files)('answers %s', (file) => {
  const text = readFileSync(new URL(file, folder), 'utf8');
  expectGolden(`lookup/${file}`, runLookupScenario(text));
});
