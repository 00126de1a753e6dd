/** Objects that agents look up: pushed by interest, corrected, and kept when nobody answers. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LookupObject } from '../../../registry/lookup/lookup-model.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { startCutWire } from '../../support/link/cut-wire.ts';
import { startLabReplica, startLinkLab, type LinkLab } from '../../support/link/link-lab.ts';
import { startLinkedAgent } from '../../support/link/linked-agent.ts';
import { offering, servedFleet, serving } from '../../support/link/served-fleet.ts';
import { setTargets } from '../../support/link/small-fleet.ts';
import { commitOf, node, openOf, reportOf, targetOf } from '../../support/registry/builders.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const one = serving('A.One', ['p1', 'p2']);
const two = serving('A.Two', ['p1']);

async function servedLab(options: Parameters<typeof startLinkLab>[0] = {}): Promise<LinkLab> {
  const lab = await startLinkLab({ timing: { deadAfterMs: 60_000 }, ...options });
  for (const command of servedFleet([one, two], ['n1', 'n2'])) await lab.propose(command);
  return lab;
}

const group = { id: 1, name: 'sz', dataCenter: 'd1', allow: ['10.*'], deny: [] };
const topology = { groups: [{ ...group, order: 'allow-deny' as const }], stations: [] };

const portsOf = (found: LookupObject | 'unknown' | undefined) =>
  typeof found === 'object'
    ? found.endpoints.map(({ instance, port, active }) => `${instance}:${port}:${active}`)
    : found;

const both = ['A.One@p1:9001:true', 'A.One@p2:9001:true'];

describe('an agent', () => {
  it('gets an object at the first question, and its changes without another one', async () => {
    const lab = await servedLab();
    const agent = startLinkedAgent(lab);
    expect(agent.objects.find('A.One.Obj')).toBeUndefined();
    expect(portsOf(await agent.objects.ask('A.One.Obj'))).toEqual(both);
    const changes: unknown[] = [];
    agent.objects.onChange((names) => changes.push(names));
    await lab.propose(reportOf('p2', 's0', { instances: [offering('A.One@p2', 9_002)] }));
    await eventually(() => changes.length > 0);
    expect(changes).toEqual([['A.One.Obj']]);
    expect(portsOf(agent.objects.find('A.One.Obj'))).toEqual([both[0], 'A.One@p2:9002:true']);
  });

  it('is not told of objects that it never asked for', async () => {
    const lab = await servedLab();
    const agent = startLinkedAgent(lab);
    await agent.objects.ask('A.One.Obj');
    const told: string[] = [];
    agent.objects.onChange((names) => told.push(...names));
    await lab.propose(reportOf('p1', 's0', { instances: [offering('A.Two@p1', 9_003)] }));
    await lab.propose(reportOf('p2', 's0', { instances: [offering('A.One@p2', 9_002)] }));
    await eventually(() => told.length > 0);
    expect(told).toEqual(['A.One.Obj']);
    expect(agent.objects.find('A.Two.Obj')).toBeUndefined();
  });

  it('takes a name for unknown that nobody knows, until a commit brings it', async () => {
    const lab = await servedLab();
    const agent = startLinkedAgent(lab);
    await agent.opened();
    expect(await agent.objects.ask('A.Three.Obj')).toBe('unknown');
    // Not for lack of an answer: that would be no knowledge at all.
    expect(agent.objects.find('A.Three.Obj')).toBe('unknown');
    const three = serving('A.Three', ['p1']);
    await lab.propose(commitOf('c2', { upsertScopes: [three] }));
    await lab.propose(setTargets(targetOf(three, 'p1')));
    await lab.propose(reportOf('p1', 's0', { instances: [offering('A.Three@p1', 9_009)] }));
    await eventually(
      () => String(portsOf(agent.objects.find('A.Three.Obj'))) === 'A.Three@p1:9009:true',
      () => String(portsOf(agent.objects.find('A.Three.Obj'))),
    );
  });

  it('asks nobody for what is no name of an object', async () => {
    const lab = await servedLab();
    const agent = startLinkedAgent(lab);
    await agent.opened();
    for (const name of ['', 'Obj', 'A.B', 'A.B.C\n', `A.B.${'C'.repeat(300)}`, 'A.B.C D']) {
      expect(await agent.objects.ask(name)).toBe('unknown');
      expect(agent.objects.find(name)).toBeUndefined();
    }
  });

  it('learns the topology, and when it changes', async () => {
    const lab = await servedLab();
    const agent = startLinkedAgent(lab);
    await agent.objects.ask('A.One.Obj');
    expect(agent.objects.topology).toEqual({ groups: [], stations: [] });
    const changes: unknown[] = [];
    agent.objects.onChange((what) => changes.push(what));
    await lab.propose(commitOf('c2', { topology }));
    await eventually(() => changes.length > 0);
    expect(changes).toEqual(['topology']);
    expect(agent.objects.topology).toEqual(topology);
  });

  it('that was cut off gets what changed meanwhile', async () => {
    const lab = await servedLab();
    const wire = await startCutWire(lab.url);
    const agent = startLinkedAgent({ ...lab, url: wire.url });
    await agent.objects.ask('A.One.Obj');
    await agent.objects.ask('A.Two.Obj');
    wire.refuse(true);
    wire.cut();
    await eventually(() => !agent.session.isConnected);
    await lab.propose(reportOf('p1', 's0', { gone: ['A.One@p1', 'A.Two@p1'] }));
    expect(portsOf(agent.objects.find('A.One.Obj'))).toEqual(both);
    wire.refuse(false);
    await eventually(() => String(portsOf(agent.objects.find('A.One.Obj'))).includes('p1:0:false'));
    expect(portsOf(agent.objects.find('A.Two.Obj'))).toEqual(['A.Two@p1:0:false']);
  });

  it('goes on over a restart of the controller, and hears the new one', async () => {
    const replica = await startLabReplica();
    const first = await servedLab({ replica });
    const agent = startLinkedAgent(first);
    await agent.objects.ask('A.One.Obj');
    await first.close();
    expect(portsOf(agent.objects.find('A.One.Obj'))).toEqual(both);
    const { tokensFolder } = first;
    const port = Number(new URL(first.url).port);
    const timing = { deadAfterMs: 60_000 };
    const second = await startLinkLab({ replica, port, timing, tokensFolder });
    await second.propose(reportOf('p2', 's0', { instances: [offering('A.One@p2', 9_002)] }));
    await eventually(() => String(portsOf(agent.objects.find('A.One.Obj'))).includes('9002'));
  });
});

describe('without a controller', () => {
  it('an agent answers from its disk after a restart, also the topology', async () => {
    const lab = await servedLab();
    const dataDir = temporaryFolder();
    const agent = startLinkedAgent({ ...lab, dataDir });
    await lab.propose(commitOf('c2', { topology }));
    await agent.objects.ask('A.One.Obj');
    await agent.stop();
    await lab.close();
    const alone = startLinkedAgent({ ...lab, dataDir });
    expect(portsOf(alone.objects.find('A.One.Obj'))).toEqual(both);
    expect(alone.objects.topology).toEqual(topology);
    const askedAt = performance.now();
    expect(await alone.objects.ask('A.Two.Obj')).toBe('unknown');
    const waitedMs = performance.now() - askedAt;
    expect(waitedMs).toBeGreaterThan(400);
    expect(waitedMs).toBeLessThan(5_000);
    // It is not waited for twice.
    const againAt = performance.now();
    expect(await alone.objects.ask('A.Two.Obj')).toBe('unknown');
    expect(performance.now() - againAt).toBeLessThan(400);
  });

  it('a damaged file is not believed, and asked for anew', async () => {
    const lab = await servedLab();
    const dataDir = temporaryFolder();
    const agent = startLinkedAgent({ ...lab, dataDir });
    await agent.objects.ask('A.One.Obj');
    await agent.objects.ask('A.Two.Obj');
    await agent.stop();
    const folder = join(dataDir, 'objects');
    const holding = readdirSync(folder).find((name) =>
      readFileSync(join(folder, name), 'utf8').includes('A.One.Obj'),
    );
    const path = join(folder, holding ?? 'none');
    writeFileSync(path, readFileSync(path, 'utf8').replace('9001', '9666'));
    const again = startLinkedAgent({ ...lab, dataDir });
    expect(again.objects.find('A.One.Obj')).toBeUndefined();
    expect(portsOf(again.objects.find('A.Two.Obj'))).toEqual(['A.Two@p1:9001:true']);
    expect(portsOf(await again.objects.ask('A.One.Obj'))).toEqual(both);
  });
});

describe('the controller', () => {
  it('knows what an agent answers from, which is what a drain waits for', async () => {
    const lab = await servedLab();
    expect(lab.links.appliedObjectsRevision('n1')).toBeUndefined();
    const agent = startLinkedAgent(lab);
    await agent.objects.ask('A.One.Obj');
    const told: string[] = [];
    lab.links.onObjectsApplied((name) => told.push(name));
    await lab.propose(reportOf('p2', 's0', { instances: [offering('A.One@p2', 9_002)] }));
    const revision = lab.replica.sequence;
    expect(lab.links.appliedObjectsRevision('n1')).toBeLessThan(revision);
    await eventually(() => (lab.links.appliedObjectsRevision('n1') ?? 0) >= revision);
    expect(told).toContain('n1');
    expect(String(portsOf(agent.objects.find('A.One.Obj')))).toContain('9002');
    // What it did not ask for needs nothing of it.
    await lab.propose(openOf('p2', 's1'));
    await lab.propose(reportOf('p1', 's0', { instances: [offering('A.Two@p1', 9_005)] }));
    await eventually(() => lab.links.appliedObjectsRevision('n1') === lab.replica.sequence);
    await agent.stop();
    await eventually(() => lab.links.appliedObjectsRevision('n1') === undefined);
  });
});

describe('a registry that begins anew', () => {
  it('does not take away what runs before the agents there had time to tell', async () => {
    const dataDir = temporaryFolder();
    const lost = await servedLab();
    const agent = startLinkedAgent({ ...lost, dataDir });
    await agent.objects.ask('A.One.Obj');
    await agent.objects.ask('A.Two.Obj');
    await agent.stop();

    const lab = await startLinkLab({ timing: { deadAfterMs: 60_000 } });
    const upsertNodes = ['n1', 'p1', 'p2'].map((name) => node(name));
    await lab.propose(commitOf('c1', { upsertNodes, upsertScopes: [one] }));
    const again = startLinkedAgent({ ...lab, dataDir });
    await eventually(() => lab.links.appliedObjectsRevision('n1') !== undefined);
    expect(portsOf(again.objects.find('A.One.Obj'))).toEqual(both);
    // Also what the new registry does not know at all.
    expect(portsOf(again.objects.find('A.Two.Obj'))).toEqual(['A.Two@p1:9001:true']);

    await lab.propose(setTargets(targetOf(one, 'p1')));
    await lab.propose(openOf('p1', 's7'));
    const instances = [offering('A.One@p1', 9_050)];
    await lab.propose(reportOf('p1', 's7', { full: true, instances }));
    await eventually(() => String(portsOf(again.objects.find('A.One.Obj'))).includes('9050'));
    expect(portsOf(again.objects.find('A.One.Obj'))).toEqual(['A.One@p1:9050:true']);
  });
});
