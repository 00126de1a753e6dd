/** Times, widths, sizes, foreign text and masks. */

import { fc } from '../../support/seeded-property.ts';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { redactRevision } from '../../../registry/status/redact.ts';
import { cleanLine, cleanText } from '../../../registry/status/render/clean-text.ts';
import { formatBytes } from '../../../registry/status/render/format-bytes.ts';
import {
  formatAge,
  formatDuration,
  formatUtc,
} from '../../../registry/status/render/format-time.ts';
import { paintState } from '../../../registry/status/render/style.ts';
import { plainTextStyle } from '../../../spec/wording/text-style.ts';
import { renderTable } from '../../../registry/status/render/table.ts';
import { revisionContent } from '../../support/registry/builders.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

describe('times', () => {
  test.each([
    [-5, '0ms'],
    [400, '400ms'],
    [12_900, '12s'],
    [119 * secondMs, '119s'],
    [3 * minuteMs + 5 * secondMs, '3m5s'],
    [14 * minuteMs + 59 * secondMs, '14m'],
    [2 * hourMs + 10 * minuteMs, '2h10m'],
    [25 * hourMs, '1d1h'],
    [400 * 24 * hourMs, '400d'],
  ])('%d ms is %s', (durationMs, expected) => {
    expect(formatDuration(durationMs)).toBe(expected);
  });

  test('ages', () => {
    expect(formatAge(undefined, 5)).toBe('-');
    expect(formatAge(5_000, 5_900)).toBe('now');
    expect(formatAge(9_000, 5_000)).toBe('now');
    expect(formatAge(5_000, 8_000)).toBe('3s');
  });

  test('UTC agrees with the calendar of the machine', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10_000_000_000_000, max: 100_000_000_000_000 }), (at) => {
        expect(formatUtc(at)).toBe(
          new Date(at)
            .toISOString()
            .replace(/\.\d+Z$/, 'Z')
            .replace(/^\+00/, ''),
        );
      }),
    );
  });
});

describe('foreign text', () => {
  test.each([
    ['colours', '\u001B[31mred\u001B[0m', 'red'],
    ['a title', 'a\u001B]0;owned\u0007b', 'ab'],
    ['an open title', 'a\u001B]0;owned', 'a'],
    ['a lone escape', 'a\u001Bb', 'ab'],
    ['C1 controls', 'a\u009B31mb', 'a31mb'],
    ['line breaks', 'a\r\nb\tc', 'a b c'],
    ['bidirectional overrides', 'a\u202Eb\u2066c', 'abc'],
  ])('%s', (_name, text, expected) => {
    expect(cleanLine(text)).toBe(expected);
  });

  test('never leaves a control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(cleanLine(text)).not.toMatch(/\p{Cc}/u);
        expect(cleanText(text).replaceAll(/[\n\t]/g, '')).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

describe('tables', () => {
  const columns = [
    { header: 'NAME', text: ({ name }: { name: string }) => name },
    { header: 'X', text: () => 'x' },
  ];

  test('columns stand under each other at any width of letters', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('購物車', 'abc', 'café', '👍🏽', 'ｶﾅ', ''), { minLength: 1 }),
        (names) => {
          const rows = names.map((name) => ({ name }));
          const lines = renderTable(columns, rows, plainTextStyle).trimEnd().split('\n');
          const positions = lines.map((line) => stringWidth(line.slice(0, -1)));
          expect(new Set(positions).size).toBe(1);
        },
      ),
    );
  });

  test('nothing gives nothing', () => {
    expect(renderTable(columns, [], plainTextStyle)).toBe('');
  });
});

test('what is not known to be good is never painted good', () => {
  const style = { ...plainTextStyle, good: () => 'GOOD' };
  for (const word of [
    'Unknown',
    'Waiting',
    'Held',
    'OutOfSync',
    'Degraded',
    'NeverSeen',
    'Stale',
    'new word',
  ]) {
    expect(paintState(word, style)).toBe(word);
  }
});

test.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_536, '1.5 KiB'],
  [20 * 1024 * 1024, '20 MiB'],
])('%d bytes are %s', (sizeBytes, expected) => {
  expect(formatBytes(sizeBytes)).toBe(expected);
});

test('secrets are masked by their name, and logins in URLs', () => {
  const content = [
    'port = 1',
    'password=hunter2',
    '  "apiKey": "abc",',
    '<secret>abc',
    'db = postgres://u:hunter2@db/x',
    '# password is elsewhere',
  ].join('\n');
  const revision = {
    ...revisionContent('A.B'),
    env: { LEVEL: 'info', API_TOKEN: 'abc', URL: 'https://u:p4ss@host/' },
    files: [{ path: 'a.conf', content }],
    template: '<tars>\n  secretkey=abc\n</tars>',
  };
  const shown = redactRevision(revision);
  expect(shown.env).toEqual({ LEVEL: 'info', API_TOKEN: '******', URL: 'https://u:******@host/' });
  expect(shown.files[0]?.content.split('\n')).toEqual([
    'port = 1',
    'password=******',
    '  "apiKey": ******',
    '<secret>******',
    'db = postgres://u:******@db/x',
    '# password is elsewhere',
  ]);
  expect(shown.template).toBe('<tars>\n  secretkey=******\n</tars>');
});

test('keys are masked, encrypted or not, and what is secret in served files', () => {
  const [servant] = revisionContent('A.B').servants;
  const served = { name: 'a.conf', content: 'password=hunter2', levels: ['app' as const] };
  const encrypted = { secret: 'keys', key: 'b', ciphertext: 'hunter2' };
  const shown = redactRevision({
    ...revisionContent('A.B'),
    servants: [{ ...servant!, auth: { accessKey: 'a', secretKey: { plain: 'hunter2' } } }],
    served: [{ ...served, appContent: 'password=hunter2' }],
    calls: [{ object: 'A.C.Obj', auth: { accessKey: 'b', secretKey: encrypted } }],
  });
  expect(JSON.stringify(shown)).not.toContain('hunter2');
  expect(shown.servants[0]?.auth).toEqual({ accessKey: 'a', secretKey: { plain: '******' } });
  expect(shown.served).toEqual([
    { ...served, content: 'password=******', appContent: 'password=******' },
  ]);
  expect(shown.calls?.[0]?.auth.secretKey).toEqual({ ...encrypted, ciphertext: '******' });
});
