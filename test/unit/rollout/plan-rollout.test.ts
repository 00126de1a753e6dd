/** Single decisions of the rollout, each with its reason. */

import { describe, expect, it } from 'vitest';
import { instanceCount } from '../../../controller/rollout/instance-count.ts';
import { lostGraceMs } from '../../../controller/rollout/placement.ts';
import { splitSteps } from '../../../controller/rollout/split-steps.ts';
import { commitOf, node, scope, targetOf } from '../../support/registry/builders.ts';
import { RolloutWorld } from '../../support/rollout/rollout-world.ts';

const nodes = ['n1', 'n2', 'n3', 'n4'];

function running(revision = 'r1', placed: readonly string[] = nodes): RolloutWorld {
  const world = new RolloutWorld(nodes);
  world.commit({ nodes: placed, revision });
  world.settle();
  return world;
}

const changed = (plan: ReturnType<RolloutWorld['plan']>) =>
  plan.upsert.map((target) => target.node);

describe('counts', () => {
  it.each([
    [3, 10, 3],
    ['25%', 10, 2],
    ['100%', 7, 7],
    ['1%', 10, 1],
    [1, 0, 1],
  ])('%s of %i is %i', (value, total, count) => {
    expect(instanceCount(value, total)).toBe(count);
  });
});

describe('a first placement', () => {
  it('is set at once, whatever the batch', () => {
    const world = new RolloutWorld(nodes);
    world.commit({ nodes, revision: 'r1' });
    expect(changed(world.plan())).toEqual(nodes);
  });

  it('is set for nodes that were never seen', () => {
    const world = new RolloutWorld(['n1']);
    world.apply(commitOf('c', { upsertNodes: [node('n9')] }));
    world.commit({ nodes: ['n1', 'n9'], revision: 'r1' });
    expect(changed(world.plan())).toEqual(['n1', 'n9']);
    world.settle();
    expect(world.plan().status).toMatchObject({
      phase: 'waiting',
      reason: 'NodesLost',
      message: expect.stringContaining('A.One@n9'),
    });
  });
});

describe('a new revision', () => {
  it('goes batch by batch, and names how far it is', () => {
    const world = running();
    world.commit({ nodes, revision: 'r2', rollout: { batch: 2, maxUnavailable: 3 } });
    const first = world.step();
    expect(changed(first)).toEqual(['n1', 'n2']);
    expect(first.status).toMatchObject({ phase: 'rolling', done: 0, total: 4, generation: 2 });
    expect(changed(world.step())).toEqual([]);
  });

  it('stays on hold while one of the new instances is not ready', () => {
    const world = running();
    world.bad.add('r2');
    world.commit({ nodes, revision: 'r2' });
    world.settle();
    expect(world.running.map(({ revision }) => revision)).toEqual(['r1', 'r1', 'r1']);
    const deadline = world.desired.rollout.progressDeadlineMs;
    expect(world.plan().wakeAt).toBeLessThanOrEqual(world.now + deadline);
    world.now += deadline;
    expect(world.plan().status).toMatchObject({
      phase: 'stalled',
      reason: 'ProgressDeadlineExceeded',
      message: expect.stringContaining('tarsctl why A.One@n1'),
    });
  });

  it('that is followed by a good one goes on to that', () => {
    const world = running();
    world.bad.add('r2');
    world.commit({ nodes, revision: 'r2' });
    world.settle();
    world.bad.clear();
    world.commit({ nodes, revision: 'r3' });
    // The instance that is down already costs nothing; the others have to wait for it.
    expect(changed(world.plan())).toEqual(['n1']);
    world.settle();
    expect(world.plan().status).toMatchObject({ phase: 'settled', done: 4 });
  });

  it('of which nothing changes for an instance moves it on without a restart', () => {
    const world = running();
    const before = world.state.targets.get('A.One@n1');
    world.commit({ nodes, revision: 'r1', rollout: { batch: 2 } });
    const { upsert } = world.step();
    expect(upsert).toHaveLength(4);
    expect(upsert[0]).toEqual({ ...before, generation: 2 });
  });

  it('waits for its package and says how to push it, and touches nothing', () => {
    const world = running();
    world.stored = new Set();
    const release = { package: 'A.One', version: '2.0.0' };
    world.commit({ nodes: ['n1', 'n2'], revision: 'r2', release });
    const plan = world.plan();
    expect(plan).toMatchObject({
      upsert: [],
      remove: [],
      status: {
        phase: 'waiting',
        reason: 'PackageMissing',
        message: expect.stringContaining('tarsctl patch push A.One 2.0.0'),
      },
    });
    world.stored.add('A.One 2.0.0');
    world.settle();
    expect(world.state.targets.get('A.One@n1')).toMatchObject({
      revision: 'r2',
      artifact: { digest: 'sha256:A.One-2.0.0', sizeBytes: 7 },
    });
  });

  it('needs the package no more once it is set', () => {
    const world = new RolloutWorld(nodes);
    const release = { package: 'A.One', version: '1.0.0' };
    world.commit({ nodes, revision: 'r1', release });
    world.settle();
    world.stored = new Set();
    expect(world.plan()).toMatchObject({ upsert: [], status: { phase: 'settled' } });
  });
});

describe('a node that is lost', () => {
  it('counts as down at first, and is no longer waited for later', () => {
    const world = running();
    world.disconnect('n4');
    world.commit({ nodes, revision: 'r2' });
    expect(world.step()).toMatchObject({ upsert: [], wakeAt: world.now + lostGraceMs + 1 });
    world.now += lostGraceMs + 1;
    world.settle();
    expect(world.plan().status).toMatchObject({ phase: 'waiting', reason: 'NodesLost', done: 3 });
  });

  it('is not told to restart while it is away, and takes its turn when it is back', () => {
    const world = running();
    for (const name of nodes) world.disconnect(name);
    world.now += lostGraceMs + 1;
    world.commit({ nodes, revision: 'r2' });
    expect(world.step().upsert).toEqual([]);
    for (const name of nodes) world.connect(name);
    // Connected, but not heard: what runs there may be something else by now.
    expect(world.plan().upsert).toEqual([]);
    for (const name of nodes) world.report(name);
    expect(changed(world.plan())).toEqual(['n1']);
    world.settle();
    expect(world.plan().status).toMatchObject({ phase: 'settled', done: 4 });
  });
});

describe('an instance that leaves', () => {
  it('stays until the one that replaces it is ready', () => {
    const world = running('r1', ['n1']);
    world.commit({ nodes: ['n2'], revision: 'r1' });
    expect(world.step()).toMatchObject({ remove: [], upsert: [{ node: 'n2' }] });
    const act = () => {
      world.deliver('n2');
      world.act('n2');
      world.report('n2');
    };
    act();
    expect(world.step().remove).toEqual([]);
    act();
    expect(world.step().remove).toEqual(['A.One@n1']);
  });

  it('goes at once when nobody replaces it', () => {
    const world = running();
    world.commit({ nodes: ['n1', 'n2', 'n3'], revision: 'r1' });
    expect(world.step().remove).toEqual(['A.One@n4']);
  });

  it('goes at once when its node is gone from Git', () => {
    const world = running();
    world.apply(commitOf('c', { removeNodes: ['n4'] }));
    world.commit({ nodes: ['n1', 'n2', 'n3'], revision: 'r1' });
    expect(world.step().remove).toEqual(['A.One@n4']);
  });

  it('is not waited for when its replacement was up and its node died', () => {
    const world = running('r1', ['n1', 'n2', 'n3']);
    world.disconnect('n1');
    world.now += lostGraceMs + 1;
    world.commit({ nodes: ['n1', 'n2'], revision: 'r1' });
    expect(world.step().remove).toEqual(['A.One@n3']);
  });

  it('with its whole scope goes at once', () => {
    const world = running();
    world.apply(commitOf('c', { removeScopes: [world.desired.scope] }));
    const plan = world.plan();
    expect(plan.remove).toHaveLength(4);
    expect(plan.status).toMatchObject({ reason: 'Removing', generation: 0 });
    world.step();
    expect(world.plan()).toMatchObject({ remove: [], status: undefined });
  });

  it('to another data centre with its node is handed over without a restart', () => {
    const world = running('r1', ['n1']);
    const old = world.desired.scope;
    const moved = scope({ service: 'A.One', dataCenter: 'd2', nodes: ['n1'], revision: 'r1' });
    world.apply(
      commitOf('c', {
        upsertNodes: [node('n1', 'd2')],
        upsertScopes: [moved],
        removeScopes: [old],
      }),
    );
    expect(world.plan().remove).toEqual([]);
    world.commit({ nodes: ['n1'], revision: 'r1', dataCenter: 'd2' });
    const { upsert, remove } = world.step();
    expect([upsert.length, remove]).toEqual([1, []]);
    expect(upsert[0]).toMatchObject({ scope: 'd2/A.One', revision: 'r1', commit: 'c1' });
  });
});

describe('a service that is stopped', () => {
  it('stops everywhere at once and needs no package, and starts everywhere at once', () => {
    const world = running();
    world.stored = new Set();
    const release = { package: 'A.One', version: '2.0.0' };
    world.commit({ nodes, revision: 'r2', state: 'stopped', release });
    expect(world.step().upsert.map(({ state }) => state)).toEqual(nodes.map(() => 'stopped'));
    world.settle();
    expect(world.running).toEqual([]);
    expect(world.plan().status).toMatchObject({ phase: 'settled' });
    world.stored.add('A.One 2.0.0');
    world.commit({ nodes, revision: 'r2', release });
    expect(changed(world.step())).toEqual(nodes);
    world.settle();
    expect(world.running).toHaveLength(4);
  });
});

describe('a recreate', () => {
  const rollout = { strategy: 'recreate' } as const;

  it('stops everything, and starts the new revision when everything has stopped', () => {
    const world = new RolloutWorld(nodes);
    world.commit({ nodes, revision: 'r1', rollout });
    world.settle();
    world.commit({ nodes, revision: 'r2', rollout });
    const states = () => world.plan().upsert.map(({ state, revision }) => `${state} ${revision}`);
    expect(states()).toEqual(nodes.map(() => 'stopped r1'));
    world.step();
    for (const name of nodes) {
      expect(states()).toEqual([]);
      world.deliver(name);
      world.act(name);
      world.report(name);
    }
    expect(states()).toEqual(nodes.map(() => 'running r2'));
  });

  it('waits for what is left of a scope that was taken out and put back', () => {
    const world = new RolloutWorld(nodes);
    world.commit({ nodes: ['n1'], revision: 'r1', rollout });
    world.settle();
    world.apply(commitOf('c', { removeScopes: [world.desired.scope] }));
    expect(world.step().remove).toEqual(['A.One@n1']);
    world.commit({ nodes: ['n2'], revision: 'r1', rollout });
    expect(world.step().upsert).toEqual([]);
    world.deliver('n1');
    world.act('n1');
    world.report('n1');
    expect(changed(world.step())).toEqual(['n2']);
  });
});

const big = (name: string, characters: number) => {
  const desired = scope({ service: `A.${name}`, nodes: ['n1'], revision: name });
  const target = targetOf(desired, 'n1');
  const files = [{ path: 'a', content: 'x'.repeat(characters) }];
  return { ...target, content: { ...target.content, files } };
};

describe('steps', () => {
  it('are split by the number of targets', () => {
    const small = scope({ service: 'A.One', nodes: ['n1'], revision: 'r1' });
    const upsert = Array.from({ length: 1_200 }, () => targetOf(small, 'n1'));
    const remove = Array.from({ length: 100 }, (_, index) => `A.Old@n${index}`);
    const sizes = splitSteps([{ upsert, remove }]).map(
      (steps) => steps.upsert.length + steps.remove.length,
    );
    expect(sizes).toEqual([500, 500, 300]);
  });

  it('are split by what they hold, each revision counted once', () => {
    const heavy = ['a', 'b', 'c'].map((name) => big(name, 700_000));
    const same = Array.from({ length: 9 }, () => big('a', 700_000));
    expect(splitSteps([{ upsert: heavy, remove: [] }])).toHaveLength(2);
    expect(splitSteps([{ upsert: same, remove: [] }])).toHaveLength(1);
    expect(splitSteps([{ upsert: [], remove: [] }])).toEqual([]);
  });
});

describe('a package that only some agents have', () => {
  const release = (version: string) => ({ release: { package: 'A.One', version } });

  function withHeld(...held: string[]): RolloutWorld {
    const world = new RolloutWorld(nodes);
    world.stored = new Set(['A.One 1']);
    world.commit({ nodes: ['n1', 'n2', 'n3'], revision: 'r1', ...release('1') });
    world.settle();
    world.stored = new Set(held.map((holder) => `A.One 2 ${holder}`));
    return world;
  }

  it('is rolled out where it is; the others wait, and say why', () => {
    const world = withHeld('n1', 'n2');
    world.commit({ nodes: ['n1', 'n2', 'n3'], revision: 'r2', ...release('2') });
    const { status } = world.plan();
    expect(status).toMatchObject({ phase: 'waiting', reason: 'PackageMissing' });
    for (let round = 0; round < 20; round += 1) {
      world.step();
      for (const name of nodes) {
        world.deliver(name);
        world.act(name);
        world.report(name);
      }
      expect(world.running.length).toBeGreaterThanOrEqual(2);
    }
    expect(world.running).toEqual([
      { instance: 'A.One@n1', revision: 'r2' },
      { instance: 'A.One@n2', revision: 'r2' },
      { instance: 'A.One@n3', revision: 'r1' },
    ]);
    world.stored = undefined;
    world.settle();
    expect(world.aliveRevisions).toEqual(new Set(['r2']));
  });

  it('takes nothing away before its replacement can be had', () => {
    const world = withHeld('n1', 'n2');
    world.commit({ nodes: ['n1', 'n2', 'n4'], revision: 'r2', ...release('2') });
    expect(world.plan().remove).toEqual([]);
  });

  it('changes nothing at all where revisions must not be mixed, or where nobody has it', () => {
    for (const [held, strategy] of [
      [['n1'], 'recreate'],
      [[], 'rolling'],
    ] as const) {
      const world = withHeld(...held);
      const rollout = { strategy };
      world.commit({ nodes: ['n1', 'n2', 'n3'], revision: 'r2', rollout, ...release('2') });
      const { upsert, remove, status } = world.plan();
      expect([upsert, remove, status?.reason]).toEqual([[], [], 'PackageMissing']);
    }
  });
});
