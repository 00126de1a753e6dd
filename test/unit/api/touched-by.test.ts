/** Whatever a command does to any list, watchers are told of it: against a comparison of everything. */

import { fc } from '../../support/seeded-property.ts';
import { expect, test } from 'vitest';
import { KnownInstances } from '../../../controller/api/watch/known-instances.ts';
import { touchedBy } from '../../../controller/api/watch/touched-by.ts';
import type { RegistryState } from '../../../registry/model.ts';
import { apply, initialRegistryState } from '../../../registry/registry-machine.ts';
import { endpointKeys, endpointView } from '../../../registry/status/endpoint-view.ts';
import { allInstances, allScopes } from '../../../registry/status/instance-lookup.ts';
import { instanceView } from '../../../registry/status/instance-view.ts';
import { allNodes, nodeView } from '../../../registry/status/node-view.ts';
import { revisionView } from '../../../registry/status/revision-view.ts';
import { rolloutView } from '../../../registry/status/rollout-view.ts';
import { serviceView } from '../../../registry/status/service-view.ts';
import type { StatusInput } from '../../../registry/status/status-input.ts';
import { registryCommand } from '../../support/registry/command-arbitrary.ts';

/** The clock stands still, so that only commands change anything. */
function inputOf(state: RegistryState): StatusInput {
  return {
    state,
    now: 2_000,
    facts: {
      controller: { name: 'a', version: '0', startedAt: 0 },
      source: undefined,
      faults: [],
      packages: { find: () => ({ digest: 'sha256:1', sizeBytes: 1 }), explainMissing: () => '' },
      rolloutOf: () => undefined,
      heardAt: () => 2_000,
    },
  };
}

type Lists = Record<'instances' | 'nodes' | 'scopes' | 'endpoints', Map<string, string>>;

function everything(state: RegistryState): Lists {
  const input = inputOf(state);
  const list = (keys: readonly string[], view: (key: string) => unknown) =>
    new Map(keys.map((key) => [key, JSON.stringify(view(key))]));
  return {
    instances: list(allInstances(state), (id) => instanceView(input, id)),
    nodes: list(allNodes(state), (name) => nodeView(input, name)),
    scopes: list(allScopes(state), (scope) => [
      serviceView(input, scope),
      rolloutView(input, scope),
      revisionView(state, scope),
    ]),
    endpoints: list(endpointKeys(state), (key) => endpointView(input, key)),
  };
}

function changedKeys(before: Map<string, string>, after: Map<string, string>): string[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].filter((key) => before.get(key) !== after.get(key));
}

test('nothing changes without being told', () => {
  fc.assert(
    fc.property(fc.array(registryCommand, { maxLength: 30 }), (commands) => {
      const state = initialRegistryState();
      const known = new KnownInstances(state);
      commands.forEach((command, index) => {
        const before = everything(state);
        const result = apply(state, structuredClone(command), index + 1);
        if (!result.accepted) return;
        const touched = touchedBy(state, command, result.changes, known);
        known.update(state, touched.instances);
        const after = everything(state);
        const untold = (
          kind: keyof Lists,
          told: ReadonlySet<string>,
          part = (key: string) => key,
        ) => changedKeys(before[kind], after[kind]).filter((key) => !told.has(part(key)));
        expect(untold('instances', touched.instances)).toEqual([]);
        expect(untold('nodes', touched.nodes)).toEqual([]);
        expect(untold('scopes', touched.scopes)).toEqual([]);
        expect(untold('endpoints', touched.instances, (key) => key.split('/')[0] ?? '')).toEqual(
          [],
        );
      });
    }),
    { numRuns: 200 },
  );
});
