/** Whatever services report, the link takes it: one entry that it refused would block all behind it. */

import { expect, onTestFinished, test } from 'vitest';
import { decodeAgentMessage, encodeMessage } from '../../../link/messages/wire.ts';
import { frameworkObjects } from '../../../nodeagent/servants/framework-names.ts';
import { LogF } from '../../../tars/framework/log-f.ts';
import { NotifyF } from '../../../tars/framework/notify-f.ts';
import { PropertyF } from '../../../tars/framework/property-f.ts';
import { StatF } from '../../../tars/framework/stat-f.ts';
import { TarsClient } from '../../../tars/rpc/client.ts';
import { startServantsLab } from '../../support/servants/servants-lab.ts';

/** Each grows sixfold in JSON. */
const long = '\u0001'.repeat(100_000);
const long2 = `${long}.${long}`;
const most = 0x7fff_ffff;

test('the longest of everything fits into the messages of the link', async () => {
  const lab = await startServantsLab();
  const client = new TarsClient();
  onTestFinished(() => client.close());
  const endpoint = { host: '127.0.0.1', port: lab.port };
  const info = { sApp: long, sSet: long, sContainer: long, sServer: long2, sMessage: long };
  await client.proxy(endpoint, frameworkObjects.notify, NotifyF).reportNotifyInfo({
    info: { ...info, eType: most, sThreadId: long, eLevel: -1, sNodeName: long },
  });
  const logInfo = {
    appname: long,
    servername: long2,
    sFilename: long,
    sFormat: '%Y'.repeat(50_000),
  };
  await client
    .proxy(endpoint, frameworkObjects.log, LogF)
    .loggerbyInfo({ info: { ...logInfo, sSepar: long, sConcatStr: long }, buffer: [long, long] });
  const head = {
    masterName: long2,
    slaveName: long2,
    interfaceName: long,
    masterIp: long,
    slaveIp: long,
    slavePort: -1,
    returnValue: -most,
    slaveSetName: long,
    slaveSetArea: long,
    slaveSetID: long,
    tarsVersion: long,
  };
  const body = {
    count: most,
    timeoutCount: most,
    execCount: most,
    intervalCount: new Map(Array.from({ length: 1_000 }, (_, index) => [index, most] as const)),
    totalRspTime: 2n ** 63n - 1n,
    maxRspTime: most,
    minRspTime: -most,
  };
  await client
    .proxy(endpoint, frameworkObjects.stat, StatF)
    .reportMicMsg({ msg: new Map([[head, body]]), bFromClient: true });
  const figure = { moduleName: long2, ip: long, propertyName: long, setName: long, setArea: long };
  const vInfo = Array.from({ length: 40 }, () => ({ policy: long, value: long }));
  await client
    .proxy(endpoint, frameworkObjects.property, PropertyF)
    .reportPropMsg({ statmsg: new Map([[{ ...figure, setID: long }, { vInfo }]]) });

  expect(new Set(lab.reports.map(({ kind }) => kind)).size).toBe(4);
  for (const entry of lab.reports) {
    const message = { type: 'collected', stream: 's', from: 1, entries: [entry] } as const;
    expect(decodeAgentMessage(encodeMessage(message))).toEqual({ ok: true, message });
    expect(JSON.parse(entry.body)).toBeTypeOf('object');
  }
});
