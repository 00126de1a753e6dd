import { describe, expect, test } from 'vitest';
import { memberCountNote } from '../../../cli/cluster/member-count.ts';
import { parseMember } from '../../../cli/cluster/parse-member.ts';
import { parseLogLine } from '../../../replica/drivers/jetstream/server/parse-log-line.ts';
import {
  countFailure,
  restartDelayMs,
} from '../../../replica/drivers/jetstream/server/restart-delay.ts';
import {
  parseServerVersion,
  refuseOldServer,
} from '../../../replica/drivers/jetstream/server/server-version.ts';

describe('version', () => {
  test.each([
    ['nats-server: v2.15.1', '2.15.1'],
    ['nats-server: v2.12.0-RC.1\n', '2.12.0-RC.1'],
    ['nats-streaming-server version 0.25', undefined],
    ['', undefined],
  ])('%j says %s', (printed, version) => expect(parseServerVersion(printed)).toBe(version));

  test.each(['2.12.0', '2.12.1', '2.15.1', '3.0.0', '2.13.0-RC.2', '2.100.0'])('%s will do', (v) =>
    refuseOldServer(v, 'here'),
  );

  test.each(['2.11.99', '2.12.0-RC.1', '1.99.0', '2.9.0', 'unknown', ''])('%s is refused', (v) => {
    expect(() => refuseOldServer(v, '/opt/nats-server')).toThrow(
      expect.objectContaining({
        code: 'ENGINE_TOO_OLD',
        message: expect.stringMatching(/\/opt\/nats-server.*2\.12\.0 or newer.*lost acknowledged/),
      }),
    );
  });
});

describe('log line', () => {
  const head = '[4711] 2026/01/31 12:00:00.123456';
  test.each([
    [`${head} [INF] Server is ready`, 'info', 'Server is ready'],
    [`${head} [WRN] JetStream cluster [3] slow`, 'warn', 'JetStream cluster [3] slow'],
    [`${head} [ERR] no`, 'error', 'no'],
    [`${head} [FTL] gone`, 'fatal', 'gone'],
    [`${head} [DBG] x`, 'debug', 'x'],
    [`${head} [TRC] x`, 'debug', 'x'],
    [
      `${head} [WRN] Plaintext passwords detected, use nkeys`,
      'info',
      'Plaintext passwords detected, use nkeys',
    ],
    ['panic: runtime error', 'error', 'panic: runtime error'],
    [`${head} [XYZ] x`, 'error', `${head} [XYZ] x`],
  ])('%s', (text, level, line) => expect(parseLogLine(text)).toEqual({ level, line }));
});

test('restarts come ever later, up to a bound, and a long life forgives', () => {
  expect([1, 2, 3, 6, 7, 100].map(restartDelayMs)).toEqual([
    250, 500, 1_000, 8_000, 15_000, 15_000,
  ]);
  expect(countFailure(5, 59_999)).toBe(6);
  expect(countFailure(5, 60_000)).toBe(1);
});

describe('member', () => {
  const ports = { apiPort: 7_400, enginePort: 7_422, routePort: 7_423 };
  test.each([
    ['a=10.0.0.1', { name: 'a', host: '10.0.0.1', ...ports }],
    ['a=c1.example.com:80', { name: 'a', host: 'c1.example.com', ...ports, apiPort: 80 }],
    [
      'east-1=[fd00::1]:1:2:3',
      { name: 'east-1', host: 'fd00::1', apiPort: 1, enginePort: 2, routePort: 3 },
    ],
  ])('%s', (text, member) => expect(parseMember(text)).toEqual(member));

  test.each([
    'a',
    'a=',
    '=h',
    'A=h',
    'a=h:0',
    'a=h:65536',
    'a=h:1:2',
    'a=fd00::1',
    'a=h h',
    'a=b=c',
  ])('%s is refused', (text) =>
    expect(() => parseMember(text)).toThrow(/Write it as|The name of|A port is/),
  );
});

test.each([
  [1, undefined],
  [2, '2 members survive the failure of 0, and so do 1'],
  [3, undefined],
  [4, '4 members survive the failure of 1, and so do 3'],
])('%i members', (count, note) => {
  if (note === undefined) expect(memberCountNote(count)).toBeUndefined();
  else expect(memberCountNote(count)).toContain(note);
});
