/** What is made of notifications, counted calls and figures. */

import { expect, test } from 'vitest';
import { jsonBatches } from '../../../nodeagent/servants/rules/json-batches.ts';
import {
  notifyReport,
  type NotifyRequest,
} from '../../../nodeagent/servants/rules/notify-report.ts';
import { propertyValue } from '../../../nodeagent/servants/rules/property-report.ts';
import {
  callCount,
  type StatBodyRequest,
  type StatHead,
} from '../../../nodeagent/servants/rules/stat-report.ts';

const REPORT = 0;
const NOTIFY = 1;

const info: NotifyRequest = {
  eType: REPORT,
  sApp: 'Shop',
  sSet: '',
  sServer: 'CartServer',
  sMessage: 'restart',
  sThreadId: '7',
  eLevel: 0,
  sNodeName: '',
};

test.each([
  ['a REPORT without a mark', REPORT, 'restart', 2, 'normal'],
  ['[alarm]', REPORT, '[alarm] server is stopped.', 0, 'alarm'],
  ['[error]', REPORT, 'x [error] y', 0, 'error'],
  ['[warn]', REPORT, '[warn] y', 0, 'warn'],
  ['[fail] is an error', REPORT, '[fail] y', 0, 'error'],
  ['[succ]', REPORT, '[succ] get remote config:x', 0, 'normal'],
  ['alarm before error', REPORT, '[error] [alarm]', 0, 'alarm'],
  ['error before warn', REPORT, '[warn] [error]', 0, 'error'],
  ['warn before fail', REPORT, '[fail] [warn]', 0, 'warn'],
  ['a mark in capitals is none', REPORT, '[ALARM]', 0, 'normal'],
  ['a NOTIFY of level 0', NOTIFY, '[alarm]', 0, 'normal'],
  ['a NOTIFY of level 1', NOTIFY, '[alarm]', 1, 'warn'],
  ['a NOTIFY of level 2', NOTIFY, 'x', 2, 'error'],
  ['a NOTIFY of an unknown level', NOTIFY, 'x', 77, 'normal'],
])('level of %s', (_what, ...[eType, sMessage, eLevel, level]) => {
  expect(notifyReport({ ...info, eType, sMessage, eLevel }, 'sz-1').level).toBe(level);
});

test.each([
  ['both names', 'Shop', 'CartServer', 'Shop', 'CartServer'],
  ['Java joins them', '', 'Shop.CartServer', 'Shop', 'CartServer'],
  ['a name with a dot stays', 'Shop', 'Cart.Server', 'Shop', 'Cart.Server'],
  ['no application at all', '', 'CartServer', '', 'CartServer'],
])('service: %s', (_what, ...[sApp, sServer, app, server]) => {
  expect(notifyReport({ ...info, sApp, sServer }, 'sz-1')).toMatchObject({ app, server });
});

test('the node of a notification is what it says, else the caller', () => {
  expect(notifyReport(info, 'sz-1').node).toBe('sz-1');
  expect(notifyReport({ ...info, sNodeName: 'sz-9' }, 'sz-1').node).toBe('sz-9');
});

test('a long notification is cut', () => {
  const long = notifyReport({ ...info, sMessage: 'é'.repeat(99_999), sSet: 'x'.repeat(999) }, 'n');
  expect([long.message.length, long.set.length]).toEqual([8192, 128]);
});

const head: StatHead = {
  masterName: 'Shop.CartServer',
  slaveName: 'Shop.StockServer',
  interfaceName: 'take',
  masterIp: '1.1.1.1',
  slaveIp: '2.2.2.2',
  slavePort: 9001,
  returnValue: -7,
  slaveSetName: '',
  slaveSetArea: '',
  slaveSetID: '',
  tarsVersion: '',
};

const body: StatBodyRequest = {
  count: 3,
  timeoutCount: 1,
  execCount: 2,
  intervalCount: new Map([
    [50, 2],
    [5, 4],
  ]),
  totalRspTime: 120n,
  maxRspTime: 60,
  minRspTime: 1,
};

const client = { reporter: 'sz-1', fromClient: true };

test('a caller counts its calls', () => {
  expect(callCount(head, body, client)).toEqual({
    caller: 'Shop.CartServer',
    callerSet: '',
    callerVersion: '',
    callerHost: 'sz-1',
    callee: 'Shop.StockServer',
    calleeSet: '',
    calleeHost: '2.2.2.2',
    calleePort: 9001,
    functionName: 'take',
    returnValue: -7,
    successes: 3,
    timeouts: 1,
    exceptions: 2,
    intervals: [
      [5, 4],
      [50, 2],
    ],
    totalMs: 120,
    maxMs: 60,
    minMs: 1,
  });
});

test('a callee counts what it answered', () => {
  const counted = callCount(head, body, { reporter: 'sz-1', fromClient: false });
  expect(counted).toMatchObject({ callerHost: '1.1.1.1', calleeHost: 'sz-1' });
});

test.each([
  ['a version', 'Shop.CartServer@1.7.4', '', 'Shop.CartServer', '', '1.7.4'],
  ['a version in its own field', 'Shop.CartServer', '3.0', 'Shop.CartServer', '', '3.0'],
  ['both: the name wins', 'Shop.CartServer@1', '2', 'Shop.CartServer', '', '1'],
  ['an empty version', 'Shop.CartServer@', '2', 'Shop.CartServer', '', '2'],
  ['a set', 'Shop.CartServer.mallsz1@1.4', '', 'Shop.CartServer', 'mallsz1', '1.4'],
  ['nobody', 'stat_from_server', '', 'stat_from_server', '', ''],
])('caller with %s', (_what, ...[masterName, tarsVersion, caller, callerSet, callerVersion]) => {
  const counted = callCount({ ...head, masterName, tarsVersion }, body, client);
  expect(counted).toMatchObject({ caller, callerSet, callerVersion });
});

test('a count of no calls is dropped, and nonsense is no negative time', () => {
  const none = { ...body, count: 0, timeoutCount: 0, execCount: 0 };
  expect(callCount(head, none, client)).toBeUndefined();
  const odd = { ...body, count: -5, totalRspTime: -1n, maxRspTime: -1 };
  expect(callCount(head, odd, client)).toMatchObject({ successes: 0, totalMs: 0, maxMs: 0 });
  const huge = { ...body, totalRspTime: 2n ** 63n - 1n };
  expect(callCount(head, huge, client)?.totalMs).toBe(Number.MAX_SAFE_INTEGER);
});

test('the set of a callee needs three parts', () => {
  const set = { slaveSetName: 'mall', slaveSetArea: 'sz', slaveSetID: '1' };
  expect(callCount({ ...head, ...set }, body, client)?.calleeSet).toBe('mall.sz.1');
  expect(callCount({ ...head, ...set, slaveSetID: '' }, body, client)?.calleeSet).toBe('');
});

test('a figure belongs to its reporter, and may have no value', () => {
  const figure = {
    moduleName: 'Shop.CartServer',
    propertyName: 'queue',
    setName: 'mall',
    setArea: 'sz',
    setID: '1',
    iPropertyVer: 2,
  };
  const value = propertyValue(figure, { vInfo: [{ policy: 'Avg', value: '10=2' }] }, 'sz-1');
  expect(value).toEqual({
    module: 'Shop.CartServer',
    name: 'queue',
    host: 'sz-1',
    set: 'mall.sz.1',
    version: 2,
    values: [{ policy: 'Avg', value: '10=2' }],
  });
  expect(propertyValue(figure, { vInfo: [] }, 'sz-1').values).toEqual([]);
  const glued = { ...figure, moduleName: 'Shop.CartServer.mallsz1' };
  expect(propertyValue(glued, { vInfo: [] }, 'sz-1').module).toBe('Shop.CartServer');
});

test('a long report is several, and nothing of it is lost', () => {
  const entries = Array.from({ length: 100 }, (_, index) => ({ index, text: 'x'.repeat(index) }));
  const batches = jsonBatches(entries, 500);
  expect(batches.length).toBeGreaterThan(5);
  for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(500);
  expect(batches.flatMap((batch) => JSON.parse(batch) as unknown[])).toEqual(entries);
  expect(jsonBatches([], 500)).toEqual([]);
  expect(jsonBatches(['x'.repeat(600), 1], 500)).toHaveLength(2);
});
