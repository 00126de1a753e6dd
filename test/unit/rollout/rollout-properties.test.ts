/** Rollouts in a world where everything may happen in any order. */

import { fc } from '../../support/seeded-property.ts';
import { describe, expect, it } from 'vitest';
import { instanceCount } from '../../../controller/rollout/instance-count.ts';
import type { RolloutSpec } from '../../../spec/desired-state.ts';
import { RolloutWorld } from '../../support/rollout/rollout-world.ts';

const nodes = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'];

type Step =
  | { readonly kind: 'step' | 'wait' | 'restart' }
  | { readonly kind: 'deliver' | 'act' | 'report' | 'crash' | 'lose' | 'return'; node: string }
  | { readonly kind: 'commit'; placed: readonly string[]; revision: string };

const nodeName = fc.constantFrom(...nodes);
const onNode = <Kind extends string>(kind: Kind) =>
  fc.record({ kind: fc.constant(kind), node: nodeName });
const calm: fc.WeightedArbitrary<Step>[] = [
  { weight: 6, arbitrary: fc.constant({ kind: 'step' }) },
  { weight: 6, arbitrary: onNode('deliver') },
  { weight: 8, arbitrary: onNode('act') },
  { weight: 8, arbitrary: onNode('report') },
];
const faults: fc.WeightedArbitrary<Step>[] = [
  { weight: 1, arbitrary: onNode('crash') },
  { weight: 1, arbitrary: onNode('lose') },
  { weight: 2, arbitrary: onNode('return') },
  { weight: 1, arbitrary: fc.constant({ kind: 'wait' }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' }) },
];

/** Commits place a fixed number of instances, so that the floor stays where it is. */
function commitStep(count: number): fc.WeightedArbitrary<Step> {
  const placed = fc.shuffledSubarray(nodes, { minLength: count, maxLength: count });
  const revision = fc.constantFrom('r1', 'r2', 'r3');
  return {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('commit'), placed, revision }),
  };
}

const percent = fc.integer({ min: 1, max: 100 }).map((share) => `${share}%`);
const size = fc.oneof(fc.integer({ min: 1, max: 4 }), percent);
const rollout = (strategy: RolloutSpec['strategy']) =>
  fc.record({ strategy: fc.constant(strategy), batch: size, maxUnavailable: size });

function story(strategy: RolloutSpec['strategy'], extra: readonly fc.WeightedArbitrary<Step>[]) {
  return fc.integer({ min: 1, max: 5 }).chain((count) =>
    fc.record({
      count: fc.constant(count),
      rollout: rollout(strategy),
      steps: fc.array(fc.oneof(...calm, ...extra, commitStep(count)), {
        minLength: 30,
        maxLength: 200,
        size: 'max',
      }),
    }),
  );
}

interface Story {
  readonly count: number;
  readonly rollout: Pick<RolloutSpec, 'strategy' | 'batch' | 'maxUnavailable'>;
}

function begin({ count, rollout: spec }: Story): RolloutWorld {
  const world = new RolloutWorld(nodes);
  world.commit({ nodes: nodes.slice(0, count), revision: 'r1', rollout: spec });
  world.settle();
  expect(world.running).toHaveLength(count);
  return world;
}

function take(world: RolloutWorld, step: Step, spec: Story['rollout']): void {
  world.now += 1;
  switch (step.kind) {
    case 'step':
      world.step();
      break;
    case 'wait':
      world.now += 40_000;
      break;
    case 'restart':
      world.restartController();
      break;
    case 'commit':
      world.commit({ nodes: step.placed, revision: step.revision, rollout: spec });
      break;
    case 'lose':
      world.disconnect(step.node);
      break;
    case 'return':
      if (!world.agent(step.node).connected) world.connect(step.node);
      break;
    default:
      world[step.kind](step.node);
  }
}

function expectSettled(world: RolloutWorld): void {
  for (const name of nodes) if (!world.agent(name).connected) world.connect(name);
  world.settle();
  const { status, upsert, remove, wakeAt } = world.plan();
  expect(status).toMatchObject({ phase: 'settled' });
  expect([upsert, remove, wakeAt]).toEqual([[], [], undefined]);
  const wanted = world.desired.instances.map(({ instance, revision }) => ({ instance, revision }));
  const sorted = world.running.toSorted((a, b) => (a.instance < b.instance ? -1 : 1));
  expect(sorted).toEqual(wanted);
}

const runs = { numRuns: 200 };

describe('a rolling rollout', () => {
  it('never takes the service below its floor, and settles', () => {
    let lowest = Number.POSITIVE_INFINITY;
    fc.assert(
      fc.property(story('rolling', []), (drawn) => {
        const world = begin(drawn);
        const { count, rollout: spec } = drawn;
        const floor = count - instanceCount(spec.maxUnavailable, count);
        for (const step of drawn.steps) {
          take(world, step, spec);
          const slack = world.running.length - floor;
          lowest = Math.min(lowest, slack);
          expect(slack).toBeGreaterThanOrEqual(0);
        }
        expectSettled(world);
      }),
      runs,
    );
    // It does go as low as it may; a rollout that never dared would prove nothing.
    expect(lowest).toBe(0);
  });

  it('settles after any faults, and never hurts more than the floor allows by what it knows', () => {
    let taken = 0;
    fc.assert(
      fc.property(story('rolling', faults), (drawn) => {
        const world = begin(drawn);
        for (const step of drawn.steps) {
          if (step.kind === 'step') taken += checkStep(world, drawn.rollout);
          else take(world, step, drawn.rollout);
        }
        expectSettled(world);
      }),
      runs,
    );
    expect(taken).toBeGreaterThan(20);
  });

  it('has nothing to add to a step before something else happens', () => {
    let steps = 0;
    fc.assert(
      fc.property(story('rolling', faults), (drawn) => {
        const world = begin(drawn);
        for (const step of drawn.steps) {
          take(world, step, drawn.rollout);
          if (step.kind !== 'step') continue;
          steps += 1;
          const { upsert, remove } = world.plan();
          expect([upsert, remove]).toEqual([[], []]);
        }
      }),
      runs,
    );
    expect(steps).toBeGreaterThan(500);
  });
});

/** Takes one step and returns how many serving instances it takes down. */
function checkStep(world: RolloutWorld, spec: Story['rollout']): number {
  const { state } = world;
  const upBefore = [...state.targets.values()].filter((target) => {
    const observed = state.observed.get(target.instance);
    return (
      state.sessions.get(target.node)?.state === 'alive' &&
      world.agent(target.node).reported &&
      target.state === 'running' &&
      observed?.phase === 'running' &&
      observed.revision === target.revision
    );
  });
  const { upsert, remove } = world.step();
  const hurt = upBefore.filter(
    (target) =>
      remove.includes(target.instance) ||
      upsert.some((next) => next.instance === target.instance && next.revision !== target.revision),
  );
  const placed = world.desired.instances.filter(({ node }) => {
    const session = state.sessions.get(node);
    return session?.state === 'alive' || world.now - (session?.since ?? 0) <= 60_000;
  }).length;
  const floor = placed - instanceCount(spec.maxUnavailable, placed);
  if (hurt.length > 0) {
    expect(upBefore.length - hurt.length).toBeGreaterThanOrEqual(floor);
    expect(hurt.filter(({ instance }) => !remove.includes(instance)).length).toBeLessThanOrEqual(
      instanceCount(spec.batch, placed),
    );
  }
  return hurt.length;
}

describe('a recreate', () => {
  it('never runs two revisions or too many instances at the same time, and settles', () => {
    let moved = 0;
    fc.assert(
      fc.property(story('recreate', []), (drawn) => {
        const world = begin(drawn);
        for (const step of drawn.steps) {
          take(world, step, drawn.rollout);
          expect(world.aliveRevisions.size).toBeLessThanOrEqual(1);
          expect(world.running.length).toBeLessThanOrEqual(drawn.count);
          if (!world.aliveRevisions.has('r1')) moved += 1;
        }
        expectSettled(world);
      }),
      runs,
    );
    expect(moved).toBeGreaterThan(50);
  });

  it('settles after any faults, and has nothing to add to a step', () => {
    fc.assert(
      fc.property(story('recreate', faults), (drawn) => {
        const world = begin(drawn);
        for (const step of drawn.steps) {
          take(world, step, drawn.rollout);
          if (step.kind !== 'step') continue;
          const { upsert, remove } = world.plan();
          expect([upsert, remove]).toEqual([[], []]);
        }
        expectSettled(world);
      }),
      runs,
    );
  });
});
