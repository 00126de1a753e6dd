/** The controller has lost everything: the registry is made anew, and no healthy service notices. */

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HighestToken } from '../../../nodeagent/state/highest-token.ts';
import { TarsierClient } from '../../../sdk/typescript/client.ts';
import { endRebuild } from '../../../sdk/typescript/rebuild-client.ts';
import { isRebuilding } from '../../../registry/rebuild.ts';
import { silentLogger } from '../../support/agent/agent-lab.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { LosableFleet } from '../../support/controller/losable-fleet.ts';
import { nodesFile, serviceFile } from '../../support/git/fleet-files.ts';

function service(name: string, nodes: string, value = 'one'): string {
  return `${serviceFile(name, { nodes })}  env: { VALUE: "${value}" }\n`;
}

function packed(nodes: string, version = '1.0.0'): string {
  return `apiVersion: tarsier/v1
kind: Service
metadata: { name: Demo.Packed }
spec:
  type: process
  release: { package: Demo.Packed, version: "${version}" }
  placement: [{ nodes: [${nodes}] }]
  run: { start: exec sh ./run.sh }
`;
}

/** Labels of the facts. */
async function why({ controller }: LosableFleet, name: string): Promise<readonly string[]> {
  const { item } = await new TarsierClient({ serverUrl: controller.url }).why(name);
  return item.facts.map(({ label }) => label);
}

const forever = 'while true; do sleep 1; done\n';
const everything = [
  'Demo.Gone@n1',
  'Demo.Lone@n3',
  'Demo.Older@n1',
  'Demo.Older@n2',
  'Demo.Packed@n1',
  'Demo.Same@n1',
  'Demo.Same@n2',
];

async function lostFleet(): Promise<LosableFleet> {
  const fleet = new LosableFleet();
  fleet.addPackage('Demo.Packed', '1.0.0', forever);
  fleet.repository.commitFiles({
    'nodes.yaml': nodesFile(3),
    'same.yaml': service('Demo.Same', 'n1, n2'),
    'older.yaml': service('Demo.Older', 'n1, n2'),
    'gone.yaml': service('Demo.Gone', 'n1'),
    'lone.yaml': service('Demo.Lone', 'n3'),
    'packed.yaml': packed('n1'),
  });
  await fleet.start({ withPackages: true });
  for (const node of ['n1', 'n2', 'n3']) await fleet.startAgent(node);
  await fleet.runs(everything);
  await fleet.loseDisk();
  return fleet;
}

describe('a rebuild', () => {
  it('takes over what runs, and changes nothing before every node was heard', async () => {
    const fleet = await lostFleet();
    const before = fleet.pids;
    await fleet.stopAgent('n2');
    rmSync(join(fleet.repository.folder, 'gone.yaml'));
    rmSync(join(fleet.repository.folder, 'lone.yaml'));
    const head = fleet.repository.commitFiles({
      'nodes.yaml': nodesFile(2),
      'older.yaml': service('Demo.Older', 'n1, n2', 'two'),
    });
    const startedAt = Date.now();
    await fleet.start({ rebuildWaitMs: 600_000 });
    await eventually(() => fleet.state.rebuild?.heard.has('n1'), undefined, 20_000);
    await eventually(() => fleet.controller.links.appliedRevision('n1') !== undefined);
    const same = () => fleet.controller.rollouts.statusOf('sz/Demo.Same');
    await eventually(() => same()?.done === 1);

    expect(fleet.state.source?.commit).toBe(head);
    expect(same()).toMatchObject({ phase: 'waiting', reason: 'Rebuilding' });
    expect(same()?.message).toContain('n2');
    expect(isRebuilding(fleet.state)).toBe(true);
    const { 'Demo.Same@n2': _same, 'Demo.Older@n2': _older, ...connected } = before;
    expect(fleet.pids).toEqual(connected);
    // A node that is not in Git is not let in, and what runs on it goes on.
    expect(fleet.state.sessions.has('n3')).toBe(false);

    const client = new TarsierClient({ serverUrl: fleet.controller.url });
    const [problem] = (await client.read('status')).item.problems;
    expect(problem).toMatchObject({
      reason: 'RebuildOpen',
      message: expect.stringContaining('agents of n2'),
    });
    expect(await why(fleet, 'n2')).toContain('rebuild');

    await fleet.startAgent('n2');
    await eventually(() => fleet.reasons().includes('RebuildEnded'), undefined, 20_000);
    await eventually(
      () => fleet.controller.rollouts.statusOf('sz/Demo.Older')?.phase === 'settled',
      undefined,
      20_000,
    );
    await eventually(() => !('Demo.Gone@n1' in fleet.pids), undefined, 20_000);

    const after = fleet.pids;
    for (const instance of ['Demo.Same@n1', 'Demo.Same@n2', 'Demo.Packed@n1', 'Demo.Lone@n3']) {
      expect([instance, after[instance]]).toEqual([instance, before[instance]]);
    }
    for (const instance of ['Demo.Older@n1', 'Demo.Older@n2']) {
      expect(after[instance]).not.toBe(before[instance]);
    }
    const { leases, locks } = fleet.state;
    expect(Math.min(leases.lastToken, locks.epoch)).toBeGreaterThanOrEqual(startedAt);

    fleet.repository.commitFiles({ 'same.yaml': service('Demo.Same', 'n1, n2', 'three') });
    await eventually(
      () =>
        Object.entries(fleet.pids).filter(
          ([instance, pid]) => instance.startsWith('Demo.Same@') && pid !== before[instance],
        ).length === 2,
      () => JSON.stringify(fleet.statuses()),
      20_000,
    );
  }, 120_000);

  it('leaves a package that only an agent has where it is, and says which build is needed', async () => {
    const fleet = await lostFleet();
    const before = fleet.pids;
    await fleet.start({ rebuildWaitMs: 600_000 });
    await eventually(() => fleet.reasons().includes('RebuildEnded'), undefined, 20_000);
    const status = () => fleet.controller.rollouts.statusOf('sz/Demo.Packed');
    await eventually(
      () => status()?.phase === 'settled',
      () => JSON.stringify(status()),
      20_000,
    );

    fleet.repository.commitFiles({ 'packed.yaml': packed('n1, n2') });
    await eventually(
      () => status()?.reason === 'PackageMissing',
      () => JSON.stringify(status()),
      20_000,
    );
    expect(status()?.message).toMatch(/Demo\.Packed 1\.0\.0 .*agents of n1 .*sha256:/);
    expect(fleet.pids).toEqual(before);
    await fleet.stop();

    // The same build comes back, here from its folder.
    await fleet.start({ withPackages: true });
    await fleet.runs([...everything, 'Demo.Packed@n2']);
    expect(fleet.pids).toMatchObject(before);
  }, 120_000);

  it('is ended by the operator; a node that comes later is taken over gently', async () => {
    const fleet = await lostFleet();
    const before = fleet.pids;
    await fleet.stopAgent('n2');
    fleet.repository.commitFiles({ 'older.yaml': service('Demo.Older', 'n1, n2', 'two') });
    await fleet.start({ rebuildWaitMs: 600_000 });
    await eventually(() => fleet.state.rebuild?.heard.size === 2, undefined, 20_000);
    const publishToken = fleet.controller.readToken('publish');
    const found = await endRebuild({ serverUrl: fleet.controller.url, publishToken });
    expect(found).toMatch(/operator ended it.*Not heard: n2/);
    await expect(endRebuild({ serverUrl: fleet.controller.url, publishToken })).rejects.toThrow(
      expect.objectContaining({ code: 'REBUILD_NOT_OPEN' }),
    );
    await eventually(
      () => fleet.pids['Demo.Older@n1'] !== before['Demo.Older@n1'],
      undefined,
      20_000,
    );
    expect([...fleet.state.targets.keys()].filter((id) => id.endsWith('@n2'))).toEqual([]);
    expect(await why(fleet, 'n2')).toContain('rebuild');

    await fleet.startAgent('n2');
    const older = () => fleet.controller.rollouts.statusOf('sz/Demo.Older');
    await eventually(
      () => older()?.phase === 'settled',
      () => JSON.stringify(older()),
      20_000,
    );
    expect(fleet.pids['Demo.Same@n2']).toBe(before['Demo.Same@n2']);
    expect(fleet.pids['Demo.Older@n2']).not.toBe(before['Demo.Older@n2']);
  }, 120_000);

  it('is refused where something is there', async () => {
    const fleet = new LosableFleet();
    fleet.repository.commitFiles({ 'nodes.yaml': nodesFile(1) });
    await fleet.start();
    await eventually(() => fleet.state.source !== undefined);
    await fleet.stop();
    await expect(fleet.start({ rebuildWaitMs: 1_000 })).rejects.toThrow(
      expect.objectContaining({ code: 'REBUILD_NOT_EMPTY' }),
    );
    await fleet.start();
    expect(fleet.reasons()).not.toContain('RebuildBegan');
  });

  it('gives out no token below one that an agent was told, and disturbs no leader for its own', async () => {
    const fleet = new LosableFleet();
    fleet.repository.commitFiles({
      'nodes.yaml': nodesFile(2),
      'same.yaml': service('Demo.Same', 'n1, n2'),
    });
    await fleet.start();
    // The clock of a controller before that was wrong by years.
    const ahead = Date.now() + 200_000_000_000;
    mkdirSync(join(fleet.folder, 'n1'));
    new HighestToken(join(fleet.folder, 'n1', 'highest-token'), silentLogger).told(ahead);
    for (const node of ['n1', 'n2']) await fleet.startAgent(node);
    await fleet.runs(['Demo.Same@n1', 'Demo.Same@n2']);
    const before = fleet.pids;
    await fleet.loseDisk();
    const leaders: number[] = [];
    await fleet.start({ rebuildWaitMs: 600_000 });
    fleet.controller.registry.subscribe(({ command }) => {
      if (command.type === 'lease') leaders.push(fleet.state.fencingToken);
    });
    await eventually(() => fleet.reasons().includes('RebuildEnded'), undefined, 20_000);
    expect(fleet.controller.leadership.fencingToken()).toBeGreaterThan(ahead);
    expect(leaders).toHaveLength(1);
    expect(fleet.pids).toEqual(before);
    fleet.repository.commitFiles({ 'same.yaml': service('Demo.Same', 'n1, n2', 'two') });
    await eventually(
      () => fleet.pids['Demo.Same@n2'] !== before['Demo.Same@n2'],
      undefined,
      20_000,
    );

    await fleet.loseDisk();
    await fleet.start({ rebuildWaitMs: 600_000 });
    await eventually(() => fleet.reasons().includes('RebuildEnded'), undefined, 20_000);
    expect(fleet.controller.leadership.fencingToken()).toBeGreaterThan(Math.max(...leaders));
  }, 120_000);

  it('leaves alone what is broken in Git, until it is corrected', async () => {
    const fleet = new LosableFleet();
    const good = service('Demo.Same', 'n1');
    fleet.repository.commitFiles({ 'nodes.yaml': nodesFile(1), 'same.yaml': good });
    await fleet.start();
    await fleet.startAgent('n1');
    await fleet.runs(['Demo.Same@n1']);
    const before = fleet.pids;
    await fleet.loseDisk();
    fleet.repository.commitFiles({ 'same.yaml': `${good}  nonsense: true\n` });
    await fleet.start({ rebuildWaitMs: 600_000 });
    await eventually(() => fleet.reasons().includes('RebuildEnded'), undefined, 20_000);
    const same = () => fleet.controller.rollouts.statusOf('sz/Demo.Same');
    await eventually(
      () => same()?.reason === 'Held',
      () => JSON.stringify(same()),
    );
    expect(fleet.state.targets.has('Demo.Same@n1')).toBe(true);
    expect(fleet.pids).toEqual(before);

    fleet.repository.commitFiles({ 'same.yaml': good });
    await eventually(
      () => same()?.phase === 'settled',
      () => JSON.stringify(same()),
      20_000,
    );
    expect(fleet.pids).toEqual(before);
    fleet.repository.git('rm', '--quiet', 'same.yaml');
    fleet.repository.commit('It is not wanted any more');
    await eventually(() => Object.keys(fleet.pids).length === 0, undefined, 20_000);
  }, 60_000);
});
