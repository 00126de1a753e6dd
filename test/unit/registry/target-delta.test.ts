/** A node that applies deltas holds what a full set would have given it. */

import { fc } from '../../support/seeded-property.ts';
import { describe, expect, it } from 'vitest';
import { initialRegistryState, registryMachine } from '../../../registry/registry-machine.ts';
import {
  createTargetHistory,
  fullTargets,
  keptChangesPerNodeMax,
  recordTargetChanges,
  targetDelta,
  type TargetDelta,
} from '../../../registry/target-delta.ts';
import type { InstanceTarget } from '../../../registry/model.ts';
import { commitOf, node, scope, targetOf } from '../../support/registry/builders.ts';
import { registryCommand } from '../../support/registry/command-arbitrary.ts';

type Held = Map<string, InstanceTarget>;

function take(held: Held, delta: TargetDelta): Held {
  const next: Held = delta.base === undefined ? new Map() : new Map(held);
  for (const target of delta.upsert) next.set(target.instance, target);
  for (const instance of delta.remove) next.delete(instance);
  return next;
}

/** Content belongs to its revision; what it says for people alone is not sent again. */
const plain = (held: Held) =>
  [...held.values()].map(({ content: _content, ...rest }) => rest).toSorted(byInstance);

function byInstance(left: { readonly instance: string }, right: { readonly instance: string }) {
  return left.instance < right.instance ? -1 : 1;
}

describe('target deltas', () => {
  it('bring every node to the full set, whenever they are fetched', () => {
    let deltas = 0;
    const step = fc.tuple(registryCommand, fc.subarray(['n1', 'n2', 'n3']));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const state = registryMachine.initial();
        const history = createTargetHistory(0, state);
        const held = new Map<string, { targets: Held; revision: number }>();
        for (const [index, [command, fetching]] of steps.entries()) {
          const sequence = index + 1;
          const result = registryMachine.apply(state, structuredClone(command), sequence);
          if (result.accepted) recordTargetChanges(history, sequence, result.changes.targets);
          for (const name of fetching) {
            const before = held.get(name) ?? { targets: new Map(), revision: 0 };
            const delta = targetDelta(state, history, name, before.revision);
            if (delta.base !== undefined) deltas += 1;
            const targets = take(before.targets, delta);
            expect(plain(targets)).toEqual(plain(take(new Map(), fullTargets(state, name))));
            held.set(name, { targets, revision: sequence });
          }
        }
      }),
      { numRuns: 200 },
    );
    expect(deltas).toBeGreaterThan(1_000);
  });

  const one = scope({ service: 'A.One', nodes: ['n1'], revision: 'r1' });

  function changed(times: number) {
    const state = initialRegistryState();
    registryMachine.apply(
      state,
      commitOf('c1', { upsertNodes: [node('n1')], upsertScopes: [one] }),
      1,
    );
    const history = createTargetHistory(1, state);
    for (let sequence = 2; sequence < times + 2; sequence += 1) {
      const target = targetOf(one, 'n1', { commit: `c${sequence}` });
      const command = {
        type: 'set-targets' as const,
        at: 1,
        fencingToken: 1,
        upsert: [target],
        remove: [],
        reason: 'test',
      };
      const result = registryMachine.apply(state, command, sequence);
      if (result.accepted) recordTargetChanges(history, sequence, result.changes.targets);
    }
    return { state, history };
  }

  it('name a target once, however often it changed', () => {
    const { state, history } = changed(9);
    const delta = targetDelta(state, history, 'n1', 1);
    expect(delta).toMatchObject({ base: 1, upsert: [{ commit: 'c10' }], remove: [] });
  });

  it('are full for a revision from before the history', () => {
    const { state, history } = changed(1);
    expect(targetDelta(state, history, 'n1', 0)).not.toHaveProperty('base');
    expect(targetDelta(state, history, 'n1', 1)).toHaveProperty('base');
  });

  it('are full once the changes are forgotten', () => {
    const { state, history } = changed(keptChangesPerNodeMax + 5);
    expect(targetDelta(state, history, 'n1', 6)).not.toHaveProperty('base', 5);
    expect(targetDelta(state, history, 'n1', 5)).not.toHaveProperty('base');
    expect(targetDelta(state, history, 'n1', 6)).toHaveProperty('base', 6);
  });
});
