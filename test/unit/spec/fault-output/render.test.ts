import { describe, expect, test } from 'vitest';
import type { Fault } from '../../../../spec/fault.ts';
import { neutralise } from '../../../../spec/fault-output/neutralise.ts';
import { renderFaultsAsGithub } from '../../../../spec/fault-output/render-github.ts';
import { reportFaults } from '../../../../spec/fault-output/render-json.ts';
import { renderFaultsAsSarif } from '../../../../spec/fault-output/render-sarif.ts';
import { countFaults, renderFaultsAsText } from '../../../../spec/fault-output/render-text.ts';
import { plainTextStyle } from '../../../../spec/wording/text-style.ts';

const texts: Readonly<Record<string, string>> = {
  'apps/order.yaml': `apiVersion: tarsier/v1\nkind: Service\n服务: 订单, replica_gruop: a\nspec:\n  port: 7000\n`,
  'apps/pay.yaml': 'spec:\r\n  port: 7000\r\n',
};
const readSource = (path: string) => texts[path];

function rangeOf(token: string) {
  const start = (texts['apps/order.yaml'] ?? '').indexOf(token);
  return { start, end: start + token.length };
}

const unknownField: Fault = {
  code: 'SPEC_UNKNOWN_FIELD',
  severity: 'error',
  message: 'unknown field `replica_gruop` in Service.spec',
  place: { path: 'apps/order.yaml', range: rangeOf('replica_gruop') },
  suggestion: 'did you mean `replica_group`?',
  hint: 'known here: state, release',
  object: { kind: 'Service', name: 'Order.OrderServer' },
};
const clash: Fault = {
  code: 'SPEC_PORT_CLASH',
  severity: 'warning',
  message: 'port 7000 is taken',
  place: { path: 'apps/pay.yaml', pointer: '/spec/port' },
  related: [{ place: { path: 'apps/order.yaml', range: rangeOf('7000') }, message: 'by this' }],
};
const wholeFile: Fault = {
  code: 'FILE_LINK_REFUSED',
  severity: 'error',
  message: 'this is a symbolic link',
  place: { path: 'apps/a b,c:d.yaml' },
  hint: 'commit the file itself',
};
const faults = [clash, wholeFile, unknownField];

const paint = (name: string) => (text: string) => `<${name}>${text}</${name}>`;

describe('text', () => {
  test('puts marks under wide characters, sorts by place, and shows the other places', () => {
    expect(`\n${renderFaultsAsText(faults, readSource)}\n`).toBe(`
error[FILE_LINK_REFUSED]: this is a symbolic link
  ┌─ apps/a b,c:d.yaml
  = commit the file itself

error[SPEC_UNKNOWN_FIELD]: unknown field \`replica_gruop\` in Service.spec
  ┌─ apps/order.yaml:3:9
1 │ apiVersion: tarsier/v1
2 │ kind: Service
3 │ 服务: 订单, replica_gruop: a
  │             ^^^^^^^^^^^^^ did you mean \`replica_group\`?
  = known here: state, release

warning[SPEC_PORT_CLASH]: port 7000 is taken
  ┌─ apps/pay.yaml:2:9
1 │ spec:
2 │   port: 7000
  │         ^^^^
  ├─ apps/order.yaml:5:9
5 │   port: 7000
  │         ---- by this
`);
  });

  test('is coloured by what is passed in', () => {
    const style = {
      ...plainTextStyle,
      bad: paint('bad'),
      warn: paint('warn'),
      strong: paint('b'),
      accent: paint('accent'),
    };
    const text = renderFaultsAsText(faults, readSource, style);
    expect(text).toContain('<bad>error[SPEC_UNKNOWN_FIELD]</bad>: <b>unknown field');
    expect(text).toContain('<bad>^^^^^^^^^^^^^ did you mean `replica_group`?</bad>');
    expect(text).toContain('<warn>warning[SPEC_PORT_CLASH]</warn>');
    expect(text).toContain('<accent>---- by this</accent>');
  });

  test('a file that cannot be had has no frame', () => {
    expect(renderFaultsAsText([unknownField], () => undefined))
      .toBe(`error[SPEC_UNKNOWN_FIELD]: unknown field \`replica_gruop\` in Service.spec
  ┌─ apps/order.yaml
  = did you mean \`replica_group\`?
  = known here: state, release`);
  });

  test('a place behind the end of a text that has changed meanwhile is its end', () => {
    expect(renderFaultsAsText([unknownField], () => 'short')).toContain('apps/order.yaml:1:6');
  });

  test('a range over several lines is marked in its first', () => {
    const place = { path: 'apps/order.yaml', range: { start: 0, end: 1_000 } };
    expect(renderFaultsAsText([{ ...unknownField, place }], readSource)).toContain(
      `\n  │ ${'^'.repeat(22)} did`,
    );
  });

  test.each(['\n', '\r\n', '\r'])('lines end with %j', (end) => {
    const text = ['one', 'two', 'three', ''].join(end);
    const start = text.indexOf('three');
    const place = { path: 'a', range: { start, end: start + 5 } };
    const lines = renderFaultsAsText([{ ...wholeFile, place }], () => text).split('\n');
    expect(lines.slice(1, 6)).toEqual([
      '  ┌─ a:3:1',
      '1 │ one',
      '2 │ two',
      '3 │ three',
      '  │ ^^^^^',
    ]);
  });

  test('marks and lines are cut to a width', () => {
    const text = `${'x'.repeat(5_000)}${'y'.repeat(5_000)}${'z'.repeat(5_000)}`;
    const place = { path: 'a', range: { start: 5_000, end: 10_000 } };
    const { suggestion: _, ...fault } = unknownField;
    const lines = renderFaultsAsText([{ ...fault, place }], () => text).split('\n');
    expect(lines[2]).toMatch(/^1 │ …x{40}y{80}…$/);
    expect(lines[3]).toMatch(/^ {2}│ {42}\^{79}$/);
  });
});

test('counts', () => {
  expect(countFaults(faults)).toBe('2 errors and 1 warning in 3 files');
  expect(countFaults([clash])).toBe('1 warning in 1 file');
  expect(countFaults([])).toBe('no faults');
});

test('json has lines, columns and the other places', () => {
  expect(reportFaults(faults, readSource)).toEqual([
    {
      code: 'FILE_LINK_REFUSED',
      severity: 'error',
      message: 'this is a symbolic link',
      path: 'apps/a b,c:d.yaml',
      hint: 'commit the file itself',
    },
    {
      code: 'SPEC_UNKNOWN_FIELD',
      severity: 'error',
      message: 'unknown field `replica_gruop` in Service.spec',
      path: 'apps/order.yaml',
      line: 3,
      column: 9,
      endLine: 3,
      endColumn: 22,
      suggestion: 'did you mean `replica_group`?',
      hint: 'known here: state, release',
      object: { kind: 'Service', name: 'Order.OrderServer' },
    },
    {
      code: 'SPEC_PORT_CLASH',
      severity: 'warning',
      message: 'port 7000 is taken',
      path: 'apps/pay.yaml',
      line: 2,
      column: 9,
      endLine: 2,
      endColumn: 13,
      related: [
        {
          path: 'apps/order.yaml',
          line: 5,
          column: 9,
          endLine: 5,
          endColumn: 13,
          message: 'by this',
        },
      ],
    },
  ]);
});

test('sarif has rules, regions and related places', () => {
  const text = renderFaultsAsSarif(faults, readSource, { version: '1.2.3', pathPrefix: 'deploy/' });
  const log = JSON.parse(text) as { version: string; runs: Record<string, never>[] };
  expect(log.version).toBe('2.1.0');
  expect(log.runs).toHaveLength(1);
  expect(log.runs[0]).toMatchObject({
    columnKind: 'utf16CodeUnits',
    tool: {
      driver: {
        name: 'Tarsier',
        version: '1.2.3',
        rules: [
          { id: 'FILE_LINK_REFUSED' },
          { id: 'SPEC_PORT_CLASH' },
          { id: 'SPEC_UNKNOWN_FIELD' },
        ],
      },
    },
    results: [
      {
        ruleId: 'FILE_LINK_REFUSED',
        ruleIndex: 0,
        level: 'error',
        message: { text: 'this is a symbolic link\ncommit the file itself' },
        locations: [
          { physicalLocation: { artifactLocation: { uri: 'deploy/apps/a%20b%2Cc%3Ad.yaml' } } },
        ],
      },
      {
        ruleId: 'SPEC_UNKNOWN_FIELD',
        ruleIndex: 2,
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: 'deploy/apps/order.yaml' },
              region: { startLine: 3, startColumn: 9, endLine: 3, endColumn: 22 },
            },
          },
        ],
      },
      {
        ruleId: 'SPEC_PORT_CLASH',
        ruleIndex: 1,
        level: 'warning',
        relatedLocations: [
          { id: 0, message: { text: 'by this' }, physicalLocation: { region: { startLine: 5 } } },
        ],
      },
    ],
  });
});

test('github annotations are one line each and escaped', () => {
  const percent: Fault = { ...wholeFile, message: '100%\r\ndone::x' };
  expect(renderFaultsAsGithub([percent, unknownField], readSource, { pathPrefix: 'deploy' })).toBe(
    '::error file=deploy/apps/a b%2Cc%3Ad.yaml,title=FILE_LINK_REFUSED::100%25%0D%0Adone::x%0Acommit the file itself\n' +
      '::error file=deploy/apps/order.yaml,line=3,col=9,endLine=3,endColumn=22,title=SPEC_UNKNOWN_FIELD::unknown field `replica_gruop` in Service.spec%0Adid you mean `replica_group`?%0Aknown here: state, release',
  );
});

test.each([
  ['a\tb', 'a→b'],
  ['\u001b[31mred\u001b[0m', '␛[31mred␛[0m'],
  ['line\r\nline', 'line␍␊line'],
  ['\u0000\u007f\u0085', '␀␡\uFFFD'],
  ['left\u202Eright\u2066\u200F', 'left\uFFFDright\uFFFD\uFFFD'],
  ['a\u200Bb\uFEFF\u2028', 'a\uFFFDb\uFFFD\uFFFD'],
  ['half \uD83D emoji', 'half \uFFFD emoji'],
  ['环境 😀 é', '环境 😀 é'],
])('%j is shown as %j', (text, expected) => {
  expect(neutralise(text)).toBe(expected);
});
