/** What services report: kept on the agent's disk, sent once the controller is there, counted once. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { CollectStore } from '../../../controller/collect/collect-store.ts';
import type { Collector } from '../../../controller/agents/session-ports.ts';
import type { CollectedEntry } from '../../../link/messages/collected-entry.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { startCutWire } from '../../support/link/cut-wire.ts';
import { startLabReplica, startLinkLab } from '../../support/link/link-lab.ts';
import { startLinkedAgent } from '../../support/link/linked-agent.ts';
import { startedLab } from '../../support/link/small-fleet.ts';
import type { ReportResource } from '../../../registry/status/resources.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Nothing listens there. */
const nowhere = { url: 'http://127.0.0.1:9', token: 'none' };

function openStore(folder = temporaryFolder()): CollectStore {
  const store = new CollectStore({
    folder,
    now: Date.now,
    onDamage(error) {
      throw error;
    },
  });
  onTestFinished(() => {
    store.close();
  });
  return store;
}

function notify(message: string, source = 'A.One'): CollectedEntry {
  const body = JSON.stringify({ level: 'warn', message });
  return { kind: 'notify', at: 1_000, source, node: 'n1', body };
}

const messagesOf = (store: CollectStore, service = 'A.One') =>
  store.notifications({ service, limit: 1_000 }).items.map(({ message }) => message);

const countOf = (store: CollectStore, kind: ReportResource['kind']) =>
  store
    .counters()
    .filter((counter) => counter.kind === kind)
    .reduce((sum, { entries }) => sum + entries, 0);

it('arrives, each once, in order, labelled with the node that is connected', async () => {
  const store = openStore();
  const lab = await startedLab({ collector: store });
  const agent = startLinkedAgent(lab);
  for (let count = 1; count <= 1_200; count += 1) {
    agent.reports.add({ ...notify(`m${count}`), node: 'n7' });
  }
  await eventually(() => countOf(store, 'notify') === 1_200);
  const newest = store.notifications({ limit: 3 }).items;
  expect(newest.map(({ message, node, level }) => [message, node, level])).toEqual([
    ['m1200', 'n1', 'warn'],
    ['m1199', 'n1', 'warn'],
    ['m1198', 'n1', 'warn'],
  ]);
  // The last thousand of a service are kept.
  expect(messagesOf(store)).toHaveLength(1_000);
});

it('waits on the disk without a controller, also over a restart of the agent', async () => {
  const dataDir = temporaryFolder();
  const alone = startLinkedAgent({ ...nowhere, dataDir });
  alone.reports.add(notify('first'));
  await alone.stop();
  const second = startLinkedAgent({ ...nowhere, dataDir });
  second.reports.add(notify('second'));
  await second.stop();
  const store = openStore();
  const lab = await startedLab({ collector: store });
  const third = startLinkedAgent({ ...lab, dataDir });
  third.reports.add(notify('third'));
  await eventually(() => messagesOf(store).length === 3);
  expect(messagesOf(store)).toEqual(['third', 'second', 'first']);
});

it('is sent again when the acknowledgement is lost, and counted once', async () => {
  const store = openStore();
  const batches: number[] = [];
  let cut = () => {};
  const collector: Collector = {
    take(node, batch) {
      batches.push(batch.entries.length);
      const upTo = store.take(node, batch);
      // The connection breaks before the acknowledgement is on it.
      if (batches.length <= 2) cut();
      return upTo;
    },
  };
  const lab = await startedLab({ collector });
  const wire = await startCutWire(lab.url);
  cut = () => wire.cut();
  const agent = startLinkedAgent({ ...lab, url: wire.url });
  for (let count = 1; count <= 5; count += 1) agent.reports.add(notify(`m${count}`));
  await eventually(() => batches.length >= 3);
  expect(messagesOf(store)).toEqual(['m5', 'm4', 'm3', 'm2', 'm1']);
  agent.reports.add(notify('m6'));
  await eventually(() => messagesOf(store).length === 6);
  expect(countOf(store, 'notify')).toBe(6);
});

it('is not counted again after restarts of the controller and of the agent', async () => {
  const replica = await startLabReplica();
  const folder = temporaryFolder();
  const dataDir = temporaryFolder();
  const store = openStore(folder);
  // The agent is killed before it hears of the acknowledgement.
  const deaf: Collector = {
    take(node, batch) {
      store.take(node, batch);
      throw new Error('no answer');
    },
  };
  const first = await startedLab({ replica, collector: deaf });
  const agent = startLinkedAgent({ ...first, dataDir });
  agent.reports.add(notify('only'));
  await eventually(() => messagesOf(store).length === 1);
  await agent.stop();
  await first.close();
  store.close();
  const again = new CollectStore({ folder, now: Date.now, onDamage: () => {} });
  const second = await startLinkLab({ replica, collector: again });
  const restarted = startLinkedAgent({ ...second, dataDir });
  restarted.reports.add(notify('next'));
  await eventually(() => messagesOf(again).length === 2);
  expect(messagesOf(again)).toEqual(['next', 'only']);
  await restarted.stop();
  again.close();
});

it('of which the disk has no room for all loses the oldest, and says how many', async () => {
  const dataDir = temporaryFolder();
  const alone = startLinkedAgent({ ...nowhere, dataDir, reportBytesMax: 3 * 1024 * 1024 });
  const total = 6_000;
  for (let count = 1; count <= total; count += 1) {
    alone.reports.add(notify(`m${count} ${'x'.repeat(1_000)}`));
    if (count % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const files = () => readdirSync(join(dataDir, 'reports'));
  await eventually(() => files().length > 0);
  await alone.stop();
  const bytes = files().reduce(
    (sum, name) => sum + readFileSync(join(dataDir, 'reports', name)).length,
    0,
  );
  expect(bytes).toBeLessThan(3.2 * 1024 * 1024);
  const store = openStore();
  const lab = await startedLab({ collector: store });
  startLinkedAgent({ ...lab, dataDir }).reports.add(notify('last'));
  await eventually(() => messagesOf(store)[0] === 'last');
  const [, newest] = messagesOf(store);
  expect(newest).toMatch(/^m6000 /);
  const kept = countOf(store, 'notify') - 1;
  expect(kept).toBeGreaterThan(1_500);
  expect(kept + countOf(store, 'dropped')).toBe(total);
});

it('is kept by the agent while the controller cannot keep it', async () => {
  const store = openStore();
  let isFull = true;
  const collector: Collector = {
    take(node, batch) {
      if (isFull) throw new Error('no room');
      return store.take(node, batch);
    },
  };
  const lab = await startedLab({ collector });
  const wire = await startCutWire(lab.url);
  const agent = startLinkedAgent({ ...lab, url: wire.url });
  await agent.opened();
  agent.reports.add(notify('patient'));
  await eventually(() => readdirSync(join(agent.dataDir, 'reports')).length > 0);
  isFull = false;
  wire.cut();
  await eventually(() => messagesOf(store)[0] === 'patient');
  // Its connection never suffered from it.
  expect(lab.eventsOf('NodeLost')).toEqual([]);
});
