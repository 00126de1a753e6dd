import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { generateKinds } from '../../../docs/generate-kinds.ts';
import { kindNames } from '../../../schemas/kinds.ts';

const folder = new URL('../../../docs/kinds/', import.meta.url);
const pages = generateKinds();

test('there is a page for each kind, and no other', () => {
  const written = readdirSync(folder).filter((name) => name.endsWith('.md'));
  expect(written.toSorted()).toEqual([...pages.keys()].toSorted());
  expect(pages.size).toBe(kindNames.length + 1);
});

test.each([...pages])(
  'docs/kinds/%s is what its sources say: run npm run generate:docs',
  (name, text) => {
    expect(readFileSync(new URL(name, folder), 'utf8')).toBe(text);
  },
);

describe('a page', () => {
  const service = pages.get('service.md') ?? '';

  test('begins with an example, and has a row for each field with its default', () => {
    expect(service.indexOf('```yaml')).toBeLessThan(service.indexOf('## '));
    const row = (field: string) =>
      service.split('\n').find((line) => line.startsWith(`| \`${field}\``));
    expect(row('placement')).toContain('| **required** |');
    expect(row('port')).toContain('| `auto` |');
    expect(row('batch')).toContain('[Cluster](cluster.md) `spec.defaults.rollout.batch` (`25%`)');
    expect(row('start')).toContain('| – |');
  });

  test('has no cell that ends its row early', () => {
    const widths = [...pages.values()].flatMap((text) =>
      text
        .split('\n')
        .filter((line) => /^\| (`|field|\[)/.test(line))
        .map((line) => line.replaceAll(String.raw`\|`, '').split('|').length),
    );
    expect(widths.length).toBeGreaterThan(100);
    expect(new Set(widths)).toEqual(new Set([4, 6]));
  });
});
