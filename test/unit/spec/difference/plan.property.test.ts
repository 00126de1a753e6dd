/** What a plan counts is what a dumb comparison of every instance counts. */

import { fc } from '../../../support/seeded-property.ts';
import { expect, test } from 'vitest';
import type { DesiredState } from '../../../../spec/desired-state.ts';
import { planChange } from '../../../../spec/difference/plan-change.ts';
import { configEdits, edits, soundBase } from '../../../support/spec/repository-arbitrary.ts';
import { applyEdit, contentsOf, type Edit } from '../../../support/spec/repository-model.ts';
import { resolveContents, sha256 } from '../../../support/spec/repository-of.ts';

function stateAfter(steps: readonly Edit[]): DesiredState {
  let model = soundBase;
  for (const step of steps) {
    const next = applyEdit(model, step);
    const isSound = resolveContents(contentsOf(next)).held.length === 0;
    if (isSound) model = next;
  }
  return resolveContents(contentsOf(model)).desired;
}

interface Running {
  readonly revision: string;
  /** What the process was started with: all but the files that it asks for while it runs. */
  readonly started: string;
  readonly node: string;
}

/** Instances with a process, by scope and instance. */
function processesOf({ scopes }: DesiredState): Map<string, Running> {
  const all = new Map<string, Running>();
  for (const { scope, state, instances, revisions } of scopes.values()) {
    if (state === 'stopped') continue;
    for (const { instance, node, revision } of instances) {
      const { served: _served, files = [], ...rest } = revisions[revision] ?? {};
      const texts = files.map(({ path, content }) => [path, content]);
      const started = JSON.stringify([rest, texts]);
      all.set(`${scope} ${instance}`, { node, revision, started });
    }
  }
  return all;
}

test('starts, restarts and stops, and the nodes that they touch', () => {
  const seen = { restarts: 0, reloads: 0, starts: 0, stops: 0 };
  // Mostly two states that have little in common, sometimes one Config after the other.
  const pairs = fc.oneof(
    fc.tuple(edits, edits),
    fc.tuple(edits, configEdits).map(([first, more]) => [first, [...first, ...more]] as const),
  );
  fc.assert(
    fc.property(pairs, ([first, second]) => {
      const [from, to] = [stateAfter(first), stateAfter(second)];
      const { summary, digest } = planChange(from, to, sha256);
      const [before, after] = [processesOf(from), processesOf(to)];
      const nodes = new Set<string>();
      let [starts, restarts, reloads, stops] = [0, 0, 0, 0];
      for (const [id, now] of after) {
        const old = before.get(id);
        if (old?.revision === now.revision) continue;
        if (old?.started === now.started) {
          reloads += 1;
          continue;
        }
        nodes.add(now.node);
        if (old === undefined) starts += 1;
        else restarts += 1;
      }
      for (const [id, old] of before) {
        if (after.has(id)) continue;
        stops += 1;
        nodes.add(old.node);
      }
      expect(summary).toMatchObject({ starts, restarts, reloads, stops, nodes: nodes.size });
      seen.starts += starts;
      seen.restarts += restarts;
      seen.reloads += reloads;
      seen.stops += stops;
      expect(planChange(from, to, sha256).digest).toBe(digest);
    }),
    { numRuns: 40 },
  );
  expect(Math.min(seen.starts, seen.restarts, seen.stops)).toBeGreaterThan(5);
  expect(seen.reloads).toBeGreaterThan(0);
});

test('a state compared with itself, even read again from JSON, has no changes', () => {
  fc.assert(
    fc.property(edits, (steps) => {
      const state = stateAfter(steps);
      const copy = {
        cluster: structuredClone(state.cluster),
        topology: structuredClone(state.topology),
        nodes: structuredClone(state.nodes),
        scopes: structuredClone(state.scopes),
      };
      const { scopes, objects, summary } = planChange(copy, state, sha256);
      expect({ scopes, objects }).toEqual({ scopes: [], objects: [] });
      const { groups, stations } = state.topology;
      const places = state.nodes.size + groups.length + stations.length;
      expect(summary.unchanged).toBe(state.scopes.size + places + 1);
    }),
    { numRuns: 30 },
  );
});

test('a scope that changes has a field or an instance that does', () => {
  fc.assert(
    fc.property(edits, edits, (first, second) => {
      const { scopes } = planChange(stateAfter(first), stateAfter(second), sha256);
      for (const { action, fields, instances, from, to } of scopes) {
        const moved = Object.values(instances).some((nodes: readonly string[]) => nodes.length > 0);
        expect(action !== 'change' || fields.length > 0 || moved).toBe(true);
        expect(from === to).toBe(false);
      }
    }),
    { numRuns: 40 },
  );
});
