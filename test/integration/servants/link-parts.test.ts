/** The servants over the real parts of an agent: what they need of a controller goes through its link. */

import pino from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import type { AgentMessage } from '../../../link/messages/messages.ts';
import { steadyClock } from '../../../nodeagent/clock.ts';
import { frameworkObjects } from '../../../nodeagent/servants/framework-names.ts';
import { openLinkParts } from '../../../nodeagent/session/link-parts.ts';
import { NotifyF } from '../../../tars/framework/notify-f.ts';
import { QueryF } from '../../../tars/framework/query-f.ts';
import { TarsClient } from '../../../tars/rpc/client.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { lookupEndpoint, lookupObject } from '../../support/link/lookup-objects.ts';
import { startServantsLab } from '../../support/servants/servants-lab.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const id = 'Shop.CartServer.CartObj';

async function startLab() {
  const sent: AgentMessage[] = [];
  const parts = openLinkParts({
    node: 'sz-1',
    dataDir: temporaryFolder(),
    clock: steadyClock(),
    logger: pino({ level: 'silent' }),
    send: (message) => sent.push(message) > 0,
    runCommand: () => Promise.reject(new Error('nobody sends commands here')),
  });
  onTestFinished(() => parts.close());
  const { port } = await startServantsLab(parts);
  const client = new TarsClient();
  onTestFinished(() => client.close());
  const endpoint = { host: '127.0.0.1', port };
  return {
    query: client.proxy(endpoint, frameworkObjects.query, QueryF),
    notify: client.proxy(endpoint, frameworkObjects.notify, NotifyF),
    open: () => parts.all.forEach((part) => part.onOpen()),
    close: () => parts.all.forEach((part) => part.onClose()),
    tell: (message: Parameters<(typeof parts.all)[number]['onMessage']>[0]) =>
      parts.all.some((part) => part.onMessage(message)),
    sentOf: <T extends AgentMessage['type']>(type: T) =>
      sent.filter(
        (message): message is Extract<AgentMessage, { type: T }> => message.type === type,
      ),
  };
}

test('the first lookup waits for the controller; later ones do not need it', async () => {
  const lab = await startLab();
  lab.open();
  const first = lab.query.findObjectByIdInSameGroup({ id });
  await eventually(() => lab.sentOf('interest').some(({ add }) => add.includes(id)));
  const object = lookupObject(id, [lookupEndpoint('Shop.CartServer@sz-1')]);
  lab.tell({ type: 'objects', revision: 7, upsert: [object], unknown: [] });
  expect((await first).activeEp).toHaveLength(1);
  lab.close();
  expect((await lab.query.findObjectByIdInSameGroup({ id })).activeEp).toHaveLength(1);
  lab.open();
  lab.tell({ type: 'objects', revision: 8, upsert: [lookupObject(id)], unknown: [] });
  await eventually(
    async () => (await lab.query.findObjectByIdInSameGroup({ id })).activeEp.length === 0,
  );
});

test('a name that is unknown is corrected when it comes to be', async () => {
  const lab = await startLab();
  lab.open();
  const first = lab.query.findObjectByIdInSameGroup({ id });
  await eventually(() => lab.sentOf('interest').some(({ add }) => add.includes(id)));
  lab.tell({ type: 'objects', revision: 7, upsert: [], unknown: [id] });
  expect(await first).toEqual({ ret: 0, activeEp: [], inactiveEp: [] });
  const object = lookupObject(id, [lookupEndpoint('Shop.CartServer@sz-1')]);
  lab.tell({ type: 'objects', revision: 8, upsert: [object], unknown: [] });
  expect((await lab.query.findObjectByIdInSameGroup({ id })).activeEp).toHaveLength(1);
});

test('reports and wishes for a lock go to the controller', async () => {
  const lab = await startLab();
  lab.open();
  await lab.notify.reportNotifyInfo({
    info: { eType: 0, sApp: 'Shop', sSet: '', sContainer: '', sServer: 'C', sMessage: '[fail] x' },
  });
  const collected = await eventually(() => lab.sentOf('collected')[0]);
  expect(collected.entries).toMatchObject([{ kind: 'notify', source: 'Shop.C', node: 'sz-1' }]);
  const req = { application: 'Shop', server_name: 'CartServer', isMaster: false, timeout: 5_000 };
  const answer = lab.query.getLocker({ req });
  const wish = await eventually(() => lab.sentOf('lock-request')[0]);
  expect(wish).toMatchObject({ service: 'Shop.CartServer', node: 'sz-1', timeoutMs: 5_000 });
  lab.tell({ type: 'lock-result', requestId: wish.requestId, ret: 1 });
  expect(await answer).toEqual({ ret: 1 });
});
