/** What services report through the port of an agent, and what is handed on of it. */

import { expect, onTestFinished, test } from 'vitest';
import { frameworkObjects } from '../../../nodeagent/servants/framework-names.ts';
import { collectedBodyLengthMax } from '../../../link/messages/collected-entry.ts';
import { LogF } from '../../../tars/framework/log-f.ts';
import { NotifyF } from '../../../tars/framework/notify-f.ts';
import {
  PropertyF,
  type StatPropMsgBody,
  type StatPropMsgHead,
} from '../../../tars/framework/property-f.ts';
import { StatF } from '../../../tars/framework/stat-f.ts';
import { TarsClient } from '../../../tars/rpc/client.ts';
import type { TarsInterface } from '../../../tars/codec/interface.ts';
import type { InputOf } from '../../../tars/codec/types.ts';
import { int, list, request, struct, text } from '../../support/servants/hand-made.ts';
import { RawPeer } from '../../support/servants/raw-peer.ts';
import { startServantsLab, type ServantsLab } from '../../support/servants/servants-lab.ts';

function proxy<I extends TarsInterface>(lab: ServantsLab, name: string, definition: I) {
  const client = new TarsClient();
  onTestFinished(() => client.close());
  return client.proxy({ host: '127.0.0.1', port: lab.port }, name, definition);
}

/** Noon of 27 November 2026, whatever the time zone of the machine. */
const now = () => new Date(2026, 10, 27, 12).getTime();

test('a notification of Java: the server is both names', async () => {
  const lab = await startServantsLab({ now });
  const notify = proxy(lab, frameworkObjects.notify, NotifyF);
  await notify.reportNotifyInfo({
    info: {
      eType: 0,
      sApp: '',
      sSet: '',
      sContainer: '',
      sServer: 'Shop.CartServer',
      sMessage: '[alarm] server is stopped.',
      sThreadId: '1',
    },
  });
  expect(lab.reports).toEqual([
    {
      kind: 'notify',
      at: now(),
      source: 'Shop.CartServer',
      node: 'sz-1',
      body: expect.any(String) as string,
    },
  ]);
  expect(await lab.reported('notify')).toEqual({
    type: 'report',
    app: 'Shop',
    server: 'CartServer',
    set: '',
    node: 'sz-1',
    thread: '1',
    level: 'alarm',
    message: '[alarm] server is stopped.',
  });
});

test('older notifications of Java: the level of a report is in its text, that of a notification is given', async () => {
  const lab = await startServantsLab({ now });
  const notify = proxy(lab, frameworkObjects.notify, NotifyF);
  const sServerName = 'Shop.CartServer';
  await notify.reportServer({ sServerName, sThreadId: '7', sMessage: '[alarm] it is stopped' });
  await notify.notifyServer({ sServerName, level: 1, sMessage: '[alarm] prices are told' });
  const service = { app: 'Shop', server: 'CartServer', set: '', node: 'sz-1' };
  expect(lab.reports.map(({ source, body }) => [source, JSON.parse(body) as unknown])).toEqual([
    [
      sServerName,
      {
        ...service,
        type: 'report',
        thread: '7',
        level: 'alarm',
        message: '[alarm] it is stopped',
      },
    ],
    [
      sServerName,
      {
        ...service,
        type: 'notify',
        thread: '',
        level: 'warn',
        message: '[alarm] prices are told',
      },
    ],
  ]);
});

test('Go: log lines with the first four fields alone take the declared defaults', async () => {
  const lab = await startServantsLab({ now });
  const peer = await RawPeer.connect(lab.port);
  const info = [text(0, 'Shop'), text(1, 'CartServer'), text(2, 'order'), text(3, '%Y%m%d')];
  const body = Buffer.concat([struct(1, info), list(2, [text(0, 'one\n'), text(0, 'two\n')])]);
  const context = { node_name: '10.0.0.1' };
  await peer.ask(request({ servant: frameworkObjects.log, func: 'loggerbyInfo', body, context }));
  expect(await lab.reported('log')).toEqual({
    file: 'Shop/CartServer/Shop.CartServer_order_20261127.log',
    lines: ['sz-1|one\n', 'sz-1|two\n'],
  });
});

test('C++: a field that is on the wire wins over its default', async () => {
  const lab = await startServantsLab({ now });
  const peer = await RawPeer.connect(lab.port);
  const info = [text(0, 'Shop'), text(1, 'CartServer'), text(2, 'order'), text(3, '%Y%m%d')];
  const body = Buffer.concat([
    struct(1, [...info, int(5, 0), int(6, 0), int(7, 0)]),
    list(2, [text(0, 'one\n')]),
  ]);
  await peer.ask(request({ servant: frameworkObjects.log, func: 'loggerbyInfo', body }));
  expect(await lab.reported('log')).toMatchObject({ file: 'Shop/CartServer/order_20261127' });
});

test('the old log call, an unnamed one, and one that is too long', async () => {
  const lab = await startServantsLab({ now });
  const log = proxy(lab, frameworkObjects.log, LogF);
  const named = { app: 'Shop', server: 'CartServer', file: '', format: '' };
  await log.logger({ ...named, buffer: ['a\n'] });
  expect(await lab.reported('log')).toEqual({
    file: 'Shop/CartServer/Shop.CartServer_20261127.log',
    lines: ['sz-1|a\n'],
  });
  await log.logger({ ...named, app: '', buffer: ['a\n'] });
  expect(lab.logLines).toMatchObject([{ code: 'SERVANT_LOG_NAMELESS', source: '.CartServer' }]);
  await log.logger({ ...named, buffer: [] });
  expect(lab.reports).toHaveLength(1);
  const line = `${'é\n'.repeat(15_000)}`;
  await log.logger({ ...named, buffer: Array.from({ length: 100 }, () => line) });
  const bodies = lab.reports.slice(1).map(({ body }) => body);
  expect(bodies.length).toBeGreaterThan(10);
  for (const body of bodies) expect(body.length).toBeLessThanOrEqual(collectedBodyLengthMax);
  const stored = bodies.flatMap((body) => (JSON.parse(body) as { lines: string[] }).lines);
  expect(stored).toEqual(Array.from({ length: 100 }, () => `sz-1|${line}`));
  await log.logger({ ...named, buffer: Array.from({ length: 10_001 }, () => '') });
  expect(lab.logLines.at(-1)).toMatchObject({ code: 'SERVANT_REPORT_CUT', dropped: 1 });
});

const head = {
  masterName: 'Shop.CartServer@1.7.4',
  slaveName: 'Shop.StockServer',
  interfaceName: 'take',
  masterIp: '1.1.1.1',
  slaveIp: '2.2.2.2',
  slavePort: 9002,
  returnValue: 0,
};
const body = {
  count: 2,
  timeoutCount: 0,
  execCount: 0,
  intervalCount: new Map([[5, 2]]),
  totalRspTime: 7n,
  maxRspTime: 4,
  minRspTime: 3,
};

test('counted calls of both sides, without those of nobody', async () => {
  const lab = await startServantsLab({ now });
  const stat = proxy(lab, frameworkObjects.stat, StatF);
  const none = { ...body, count: 0 };
  const msg = new Map([
    [head, body],
    [{ ...head, interfaceName: 'silent' }, none],
  ]);
  expect(await stat.reportMicMsg({ msg, bFromClient: true })).toEqual({ ret: 0 });
  expect(await lab.reported('stat')).toMatchObject({
    fromClient: true,
    calls: [
      {
        caller: 'Shop.CartServer',
        callerVersion: '1.7.4',
        callerHost: 'sz-1',
        calleeHost: '2.2.2.2',
        functionName: 'take',
        successes: 2,
        intervals: [[5, 2]],
        totalMs: 7,
      },
    ],
  });
  expect(lab.reports[0]?.source).toBe('Shop.CartServer');
  await stat.reportMicMsg({ msg, bFromClient: false });
  expect(lab.reports[1]?.source).toBe('Shop.StockServer');
  expect(await lab.reported('stat', 2)).toMatchObject({
    calls: [{ callerHost: '1.1.1.1', calleeHost: 'sz-1' }],
  });
  await stat.reportMicMsg({ msg: new Map([[head, none]]), bFromClient: true });
  await stat.reportMicMsg({ msg: new Map(), bFromClient: true });
  expect(await stat.reportSampleMsg({ msg: [] })).toEqual({ ret: 0 });
  expect(lab.reports).toHaveLength(2);
});

test('a report of very many rows is cut, and is several entries', async () => {
  const lab = await startServantsLab({ now });
  const stat = proxy(lab, frameworkObjects.stat, StatF);
  const rows = Array.from(
    { length: 5_001 },
    (_, index) => [{ ...head, interfaceName: `f${index}` }, body] as const,
  );
  await stat.reportMicMsg({ msg: new Map(rows), bFromClient: true });
  const calls = lab.reports.flatMap(
    (entry) => (JSON.parse(entry.body) as { calls: unknown[] }).calls,
  );
  expect(calls).toHaveLength(5_000);
  expect(lab.reports.length).toBeGreaterThan(5);
  expect(lab.logLines).toMatchObject([{ code: 'SERVANT_REPORT_CUT', kind: 'stat', dropped: 1 }]);
});

test('figures belong to the caller, and may be empty', async () => {
  const lab = await startServantsLab({ now });
  const property = proxy(lab, frameworkObjects.property, PropertyF);
  const figure = { moduleName: 'Shop.CartServer', ip: '0.0.0.0', propertyName: 'queue' };
  const statmsg = new Map<InputOf<typeof StatPropMsgHead>, InputOf<typeof StatPropMsgBody>>([
    [figure, { vInfo: [{ policy: 'Max', value: '9' }] }],
    [{ ...figure, propertyName: 'zombies', iPropertyVer: 2 }, { vInfo: [] }],
  ]);
  expect(await property.reportPropMsg({ statmsg })).toEqual({ ret: 0 });
  const common = { module: 'Shop.CartServer', host: 'sz-1', set: '' };
  expect(await lab.reported('property')).toEqual({
    properties: [
      { ...common, name: 'queue', version: 1, values: [{ policy: 'Max', value: '9' }] },
      { ...common, name: 'zombies', version: 2, values: [] },
    ],
  });
  expect(lab.reports[0]).toMatchObject({ source: 'Shop.CartServer', node: 'sz-1' });
});
