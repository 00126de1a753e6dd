/** After a rebuild nothing that serves is hurt, in whatever order agents come back. */

import { fc } from '../../support/seeded-property.ts';
import { describe, expect, it } from 'vitest';
import { instanceCount } from '../../../controller/rollout/instance-count.ts';
import { RolloutWorld } from '../../support/rollout/rollout-world.ts';

const nodes = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'];

type Step =
  | { readonly kind: 'step' }
  | { readonly kind: 'deliver' | 'act' | 'report' | 'return'; readonly node: string };

const onNode = <Kind extends string>(kind: Kind) =>
  fc.record({ kind: fc.constant(kind), node: fc.constantFrom(...nodes) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ kind: 'step' as const }) },
  { weight: 6, arbitrary: onNode('deliver') },
  { weight: 8, arbitrary: onNode('act') },
  { weight: 6, arbitrary: onNode('report') },
  { weight: 2, arbitrary: onNode('return') },
);
const steps = fc.array(step, { minLength: 20, maxLength: 120, size: 'max' });

interface Story {
  readonly count: number;
  readonly maxUnavailable: number;
  readonly batch: number;
  readonly strategy: 'rolling' | 'recreate';
  /** What Git asks for by the time of the rebuild. */
  readonly revision: string;
  readonly placed: readonly string[];
  readonly open: readonly Step[];
  readonly later: readonly Step[];
}

function story(strategy: Story['strategy'], placement: 'same' | 'any'): fc.Arbitrary<Story> {
  return fc.integer({ min: 1, max: 5 }).chain((count) =>
    fc.record({
      count: fc.constant(count),
      maxUnavailable: fc.integer({ min: 1, max: 3 }),
      batch: fc.integer({ min: 1, max: 3 }),
      strategy: fc.constant(strategy),
      revision: fc.constantFrom('r1', 'r2'),
      placed:
        placement === 'same'
          ? fc.constant(nodes.slice(0, count))
          : fc.shuffledSubarray(nodes, { minLength: count, maxLength: count }),
      open: steps,
      later: steps,
    }),
  );
}

/** Settled at `r1`, then everything is lost and Git asks for what the story says. */
function rebuilt(drawn: Story, tellsHeld: boolean): RolloutWorld {
  const { count, maxUnavailable, batch, strategy, placed, revision } = drawn;
  const rollout = { strategy, maxUnavailable, batch };
  const world = new RolloutWorld(nodes);
  world.commit({ nodes: nodes.slice(0, count), revision: 'r1', rollout });
  world.settle();
  world.tellsHeld = tellsHeld;
  world.rebuild();
  world.commit({ nodes: placed, revision, rollout });
  return world;
}

function take(world: RolloutWorld, each: Step): void {
  world.now += 1;
  if (each.kind === 'step') world.step();
  else if (each.kind !== 'return') world[each.kind](each.node);
  else if (!world.agent(each.node).connected) world.connect(each.node);
}

interface Conditions {
  readonly tellsHeld: boolean;
  /** False: the operator ends the rebuild before. */
  readonly hearsAll: boolean;
}

function play(drawn: Story, { tellsHeld, hearsAll }: Conditions): { readonly lowest: number } {
  const world = rebuilt(drawn, tellsHeld);
  const { count, maxUnavailable } = drawn;
  const floor = count - instanceCount(maxUnavailable, count);
  const before = world.running;
  for (const each of drawn.open) {
    take(world, each);
    expect(world.running).toEqual(before);
  }
  for (const node of hearsAll ? nodes : []) {
    take(world, { kind: 'return', node });
    take(world, { kind: 'report', node });
  }
  world.endRebuild();
  let lowest = Number.POSITIVE_INFINITY;
  for (const each of drawn.later) {
    take(world, each);
    if (drawn.strategy === 'recreate') continue;
    lowest = Math.min(lowest, world.running.length - floor);
    expect(world.running.length).toBeGreaterThanOrEqual(floor);
  }
  for (const name of nodes) if (!world.agent(name).connected) world.connect(name);
  world.settle();
  expect(world.plan().status).toMatchObject({ phase: 'settled' });
  const wanted = world.desired.instances.map(({ instance, revision }) => ({ instance, revision }));
  expect(world.running.toSorted((a, b) => (a.instance < b.instance ? -1 : 1))).toEqual(wanted);
  return { lowest };
}

const runs = { numRuns: 300 };

describe('a rebuild', () => {
  it.each<[string, 'same' | 'any', Conditions]>([
    // What stands in for an instance that moves is known only when every node was heard.
    ['when all were heard', 'any', { tellsHeld: true, hearsAll: true }],
    ['when it was ended early', 'same', { tellsHeld: true, hearsAll: false }],
    ['when agents tell only what runs', 'same', { tellsHeld: false, hearsAll: false }],
  ])(
    'touches nothing while it is open, and keeps the floor, %s',
    (_when, placement, conditions) => {
      let lowest = Number.POSITIVE_INFINITY;
      fc.assert(
        fc.property(story('rolling', placement), (drawn) => {
          lowest = Math.min(lowest, play(drawn, conditions).lowest);
        }),
        runs,
      );
      // It does go as low as it may.
      expect(lowest).toBe(0);
    },
  );

  it.each([true, false])('settles with recreate as well (agents tell all: %s)', (tellsHeld) => {
    fc.assert(
      fc.property(
        story('recreate', 'any'),
        (drawn) => void play(drawn, { tellsHeld, hearsAll: false }),
      ),
      runs,
    );
  });

  it('restarts nothing that runs what Git asks for', () => {
    fc.assert(
      fc.property(story('rolling', 'same'), fc.boolean(), (drawn, tellsHeld) => {
        const world = rebuilt({ ...drawn, revision: 'r1' }, tellsHeld);
        const before = world.running;
        for (const each of drawn.open) {
          take(world, each);
          expect(world.running).toEqual(before);
        }
        world.endRebuild();
        for (const each of drawn.later) {
          take(world, each);
          expect(world.running).toEqual(before);
        }
      }),
      runs,
    );
  });
});
