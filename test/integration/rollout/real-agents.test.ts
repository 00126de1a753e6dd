/** Rollouts carried out by real agents with real processes, over the real link. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { RolloutLoop } from '../../../controller/rollout/rollout-loop.ts';
import { startAgent, type Agent } from '../../../nodeagent/main.ts';
import { killTree } from '../../../nodeagent/process/tree.ts';
import type { RegistryState } from '../../../registry/model.ts';
import type { RolloutSpec } from '../../../spec/desired-state.ts';
import { silentLogger } from '../../support/agent/agent-lab.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { startLinkLab } from '../../support/link/link-lab.ts';
import { commitOf, node, scope } from '../../support/registry/builders.ts';

const nodes = ['n1', 'n2', 'n3'];

interface Fleet {
  readonly state: RegistryState;
  readonly loop: RolloutLoop;
  readonly agents: readonly Agent[];
  commit(options: {
    revision: string;
    placed?: readonly string[];
    state?: 'running' | 'stopped';
    rollout?: Partial<RolloutSpec>;
  }): Promise<void>;
  /** What the agents themselves say: `n1 r1 running`. */
  really(): readonly string[];
}

async function startFleet(): Promise<Fleet> {
  const lab = await startLinkLab();
  const { replica, links, url, token } = lab;
  const loop = new RolloutLoop({
    replica,
    packages: { find: () => undefined, explainMissing: () => '', onChange: () => () => {} },
    fencingToken: () => 1,
    nowMs: Date.now,
    after(delayMs, callback) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    onLeaseLost: (message) => expect.fail(message),
    onError: (error) => expect.fail(String(error)),
  });
  onTestFinished(() => loop.stop());
  loop.start(links);
  await lab.propose(commitOf('c0', { upsertNodes: nodes.map((name) => node(name)) }));
  const agents: Agent[] = [];
  for (const name of nodes) {
    const dataDir = mkdtempSync(join(tmpdir(), 'tarsier-rollout-'));
    const options = { node: name, controllerUrls: [url], token, dataDir, logger: silentLogger };
    const agent = await startAgent(options);
    agents.push(agent);
    onTestFinished(async () => {
      await agent.close({ stopServices: false });
      const marker = `TARSIER_DATA_DIR=${dataDir}/`;
      await killTree({ marker, shim: undefined, withShim: true });
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    });
  }
  let commits = 0;
  return {
    state: replica.state,
    loop,
    agents,
    async commit({ revision, placed = nodes, state = 'running', rollout = {} }) {
      commits += 1;
      const plain = scope({ service: 'A.One', nodes: placed, revision, state, rollout });
      const contents = Object.entries(plain.revisions).map(([digest, content]) => [
        digest,
        { ...content, start: `exec sleep 1000 # ${digest}`, stopTimeoutMs: 1_000 },
      ]);
      const desired = { ...plain, revisions: Object.fromEntries(contents) };
      await lab.propose(commitOf(`c${commits}`, { at: Date.now(), upsertScopes: [desired] }));
    },
    really: () =>
      agents.flatMap((agent, index) =>
        agent.observed().map(({ revision, phase }) => `${nodes[index]} ${revision} ${phase}`),
      ),
  };
}

function isSettled({ loop, state }: Fleet): boolean {
  const status = loop.statusOf('d1/A.One');
  const generation = state.scopes.get('d1/A.One')?.generation;
  return status?.phase === 'settled' && status.generation === generation;
}

async function settled(fleet: Fleet): Promise<void> {
  await eventually(
    () => isSettled(fleet),
    () => `${JSON.stringify(fleet.loop.statusOf('d1/A.One'))} ${fleet.really().join(', ')}`,
    20_000,
  );
}

const all = (revision: string, phase = 'running') =>
  nodes.map((name) => `${name} ${revision} ${phase}`);

it('a fleet is placed, rolled, moved, stopped, started and removed', async () => {
  const fleet = await startFleet();
  await fleet.commit({ revision: 'r1' });
  await settled(fleet);
  expect(fleet.really()).toEqual(all('r1'));

  let lowest = nodes.length;
  const watch = setInterval(() => {
    const up = fleet.really().filter((text) => text.endsWith('running')).length;
    lowest = Math.min(lowest, up);
  }, 2);
  onTestFinished(() => clearInterval(watch));
  await fleet.commit({ revision: 'r2' });
  await settled(fleet);
  clearInterval(watch);
  expect(fleet.really()).toEqual(all('r2'));
  expect(lowest).toBeGreaterThanOrEqual(2);

  // Nothing that runs has changed: no process is touched, and the new generation is told all the same.
  const pids = fleet.agents.flatMap((agent) => agent.observed().map(({ pid }) => pid));
  await fleet.commit({ revision: 'r2', rollout: { batch: 2 } });
  await settled(fleet);
  expect(fleet.agents.flatMap((agent) => agent.observed().map(({ pid }) => pid))).toEqual(pids);

  await fleet.commit({ revision: 'r2', placed: ['n1', 'n2'] });
  await settled(fleet);
  await eventually(() => fleet.really().length === 2);

  await fleet.commit({ revision: 'r2', placed: ['n1', 'n2'], state: 'stopped' });
  await settled(fleet);
  expect(fleet.really()).toEqual(all('r2', 'stopped').slice(0, 2));
  await fleet.commit({ revision: 'r3', placed: ['n1', 'n2'] });
  await settled(fleet);
  expect(fleet.really()).toEqual(all('r3').slice(0, 2));

  await fleet.commit({ revision: 'r3', placed: [] });
  await eventually(() => fleet.really().length === 0 && fleet.state.observed.size === 0);
});

it('a recreate stops everything before it starts anything', async () => {
  const fleet = await startFleet();
  const rollout = { strategy: 'recreate' } as const;
  await fleet.commit({ revision: 'r1', rollout });
  await settled(fleet);
  const together = new Set<string>();
  const watch = setInterval(() => {
    const alive = fleet.really().filter((text) => /running|starting|stopping/.test(text));
    together.add([...new Set(alive.map((text) => text.split(' ')[1]))].toSorted().join('+'));
  }, 2);
  onTestFinished(() => clearInterval(watch));
  await fleet.commit({ revision: 'r2', rollout });
  await settled(fleet);
  // Moved and changed at once, with one node that was free.
  await fleet.commit({ revision: 'r3', placed: ['n1', 'n3'], rollout });
  await settled(fleet);
  clearInterval(watch);
  expect(together).not.toContain('r1+r2');
  expect(together).not.toContain('r2+r3');
  expect(together).toContain('r2');
  expect(fleet.really()).toEqual(['n1 r3 running', 'n3 r3 running']);
});
