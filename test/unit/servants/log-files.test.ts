/** Names of log files: every rule of the TARS log server, and what hostile names come to. */

import { expect, test } from 'vitest';
import { fc } from '../../support/seeded-property.ts';
import { formatTime } from '../../../nodeagent/servants/rules/format-time.ts';
import {
  logFileName,
  type LogFileRequest,
} from '../../../nodeagent/servants/rules/log-file-name.ts';
import { storedLogLines } from '../../../nodeagent/servants/rules/log-lines.ts';

/** 2026-11-27 13:47:58 on the wall. */
const at = Date.UTC(2026, 10, 27, 13, 47, 58) / 1000;

const plain: LogFileRequest = {
  appname: 'Shop',
  servername: 'CartServer',
  sFilename: 'order',
  sFormat: '%Y%m%d',
  setdivision: '',
  bHasSufix: true,
  bHasAppNamePrefix: true,
  sConcatStr: '_',
  sLogType: '',
};

test.each<[string, Partial<LogFileRequest>, string | undefined]>([
  ['only the first four fields', {}, 'Shop/CartServer/Shop.CartServer_order_20261127.log'],
  ['no suffix', { bHasSufix: false }, 'Shop/CartServer/Shop.CartServer_order_20261127'],
  ['no prefix', { bHasAppNamePrefix: false }, 'Shop/CartServer/order_20261127.log'],
  ['another joint', { sConcatStr: '-' }, 'Shop/CartServer/Shop.CartServer-order-20261127.log'],
  ['no joint', { sConcatStr: '' }, 'Shop/CartServer/Shop.CartServerorder20261127.log'],
  ['no file name', { sFilename: '' }, 'Shop/CartServer/Shop.CartServer_20261127.log'],
  [
    'no file name and no prefix',
    { sFilename: '', bHasAppNamePrefix: false },
    'Shop/CartServer/Shop.CartServer_20261127.log',
  ],
  [
    'a set',
    { setdivision: 'mall.sz.1' },
    'Shop/mallsz1/CartServer/Shop.CartServer_order_20261127.log',
  ],
  [
    'a set with any group',
    { setdivision: 'mall.sz.*' },
    'Shop/mallsz/CartServer/Shop.CartServer_order_20261127.log',
  ],
  [
    'a set that is none',
    { setdivision: 'mall' },
    'Shop/CartServer/Shop.CartServer_order_20261127.log',
  ],
  ['no format', { sFormat: '' }, 'Shop/CartServer/Shop.CartServer_order_20261127.log'],
  ['a day', { sFormat: '', sLogType: 'day' }, 'Shop/CartServer/Shop.CartServer_order_20261127.log'],
  [
    'one day with a format',
    { sFormat: '%Y-%m-%d', sLogType: '1day' },
    'Shop/CartServer/Shop.CartServer_order_2026-11-27.log',
  ],
  [
    'an hour',
    { sFormat: '', sLogType: 'hour' },
    'Shop/CartServer/Shop.CartServer_order_2026112713.log',
  ],
  [
    'six hours',
    { sFormat: '', sLogType: '6hour' },
    'Shop/CartServer/Shop.CartServer_order_2026112712.log',
  ],
  [
    'minutes come in tens',
    { sFormat: '', sLogType: 'minute' },
    'Shop/CartServer/Shop.CartServer_order_202611271340.log',
  ],
  [
    'half an hour',
    { sFormat: '', sLogType: '30minute' },
    'Shop/CartServer/Shop.CartServer_order_202611271330.log',
  ],
  [
    'zero minutes count as ten',
    { sFormat: '', sLogType: '0minute' },
    'Shop/CartServer/Shop.CartServer_order_202611271340.log',
  ],
  [
    'a type that is none',
    { sFormat: '', sLogType: 'week' },
    'Shop/CartServer/Shop.CartServer_order_20261127.log',
  ],
  [
    'call traces of all services',
    { sFilename: '_t_trace_', setdivision: 'mall.sz.1' },
    '_tars_/_trace_/_tars_._trace___t_trace__20261127.log',
  ],
  ['no application', { appname: '' }, undefined],
  ['no server', { servername: '' }, undefined],
  [
    'climbing up',
    { appname: '..', servername: '.', sFilename: '../../etc/passwd' },
    '__/_/__.__.._.._etc_passwd_20261127.log',
  ],
  [
    'an absolute name',
    { sFilename: '/etc/cron.d/x', bHasAppNamePrefix: false },
    'Shop/CartServer/_etc_cron.d_x_20261127.log',
  ],
  [
    'NUL, line ends, escapes',
    { sFilename: 'a\0b\nc\u001b[31m\u202e' },
    'Shop/CartServer/Shop.CartServer_a_b_c_[31m__20261127.log',
  ],
  [
    'a path in the format',
    { sFormat: '/../%Y', bHasSufix: false },
    'Shop/CartServer/Shop.CartServer_order__.._2026',
  ],
  [
    'a path in the joint',
    { sConcatStr: '/../' },
    'Shop/CartServer/Shop.CartServer_.._order_.._20261127.log',
  ],
  [
    'a path in the set',
    { setdivision: '../..' },
    'Shop/CartServer/Shop.CartServer_order_20261127.log',
  ],
])('%s', (_what, parts, expected) => {
  expect(logFileName({ ...plain, ...parts }, at)).toBe(expected);
});

test('whatever is sent, the name stays inside and short', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: fc.constantFrom('漢', '😀'), maxLength: 300 }),
    fc.string({ unit: fc.constantFrom('.', '/', '\\', '\0', '%', 'Y'), maxLength: 300 }),
  );
  const request = fc.record({
    appname: text,
    servername: text,
    sFilename: text,
    sFormat: text,
    setdivision: text,
    bHasSufix: fc.boolean(),
    bHasAppNamePrefix: fc.boolean(),
    sConcatStr: text,
    sLogType: text,
  });
  fc.assert(
    fc.property(request, fc.nat(4_000_000_000), (info, seconds) => {
      const name = logFileName(info, seconds);
      if (name === undefined) return;
      const segments = name.split('/');
      expect([3, 4]).toContain(segments.length);
      for (const segment of segments) {
        expect(segment).not.toMatch(/^\.|^$|[\p{Cc}/\\]/u);
        expect(new TextEncoder().encode(segment).length).toBeLessThanOrEqual(255);
      }
    }),
  );
});

test('dates agree with the calendar', () => {
  fc.assert(
    fc.property(fc.integer({ min: -2_000_000_000, max: 30_000_000_000 }), (seconds) => {
      const date = new Date(seconds * 1000).toISOString().slice(0, 19);
      expect(formatTime(seconds, '%Y-%m-%dT%H:%M:%S')).toBe(date);
      expect(formatTime(seconds, '%FT%T')).toBe(date);
    }),
  );
  expect(formatTime(at, '%y%%%q%')).toBe('26%q%');
});

test.each([
  ['a line', 'order', '|', ['a\n'], ['sz-1|a\n']],
  ['another separator', 'order', ' # ', ['a\n', 'b'], ['sz-1 # a\n', 'sz-1 # b']],
  ['a trace', '_t_trace_', '|', ['t|s|p|cs\n'], ['sz-1|Shop|CartServer|t|s|p|cs|\n']],
  ['a trace that ends well', '_t_trace_', '#', ['t|\n'], ['sz-1|Shop|CartServer|t|\n']],
  ['a long line', 'order', '|', ['x'.repeat(100_000)], [`sz-1|${'x'.repeat(32 * 1024)}`]],
])('stored: %s', (_what, ...[sFilename, sSepar, lines, stored]) => {
  const info = { appname: 'Shop', servername: 'CartServer', sFilename, sSepar };
  expect(storedLogLines(info, 'sz-1', lines)).toEqual(stored);
});
