/** The registry against a naive one, for any sequence of commands. */

import { fc } from '../../support/seeded-property.ts';
import { describe, expect, it } from 'vitest';
import { serviceOfInstance } from '../../../registry/instance-id.ts';
import { indexesOf } from '../../../registry/indexes.ts';
import type { RegistryState } from '../../../registry/model.ts';
import { registryMachine } from '../../../registry/registry-machine.ts';
import { sameData } from '../../../registry/same-data.ts';
import { withoutSources } from '../../../registry/shared-content.ts';
import { registryCommand } from '../../support/registry/command-arbitrary.ts';
import { applyNaive, emptyNaive, naiveOf } from '../../support/registry/naive-registry.ts';

const commands = fc.array(registryCommand, { maxLength: 60, size: 'max' });
const runs = { numRuns: 300 };

function plainIndexes(state: RegistryState) {
  const indexes = indexesOf(state);
  return Object.fromEntries(
    Object.entries(indexes).map(([name, index]) => [
      name,
      [...index].map(([key, ids]) => [key, [...ids].toSorted()]).toSorted(),
    ]),
  );
}

describe('registry', () => {
  it('holds after every command what the naive registry holds', () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(commands, (list) => {
        const state = registryMachine.initial();
        let naive = emptyNaive();
        for (const [index, command] of list.entries()) {
          const result = registryMachine.apply(state, structuredClone(command), index + 1);
          const expected = applyNaive(naive, command, index + 1);
          expect(result.accepted).toBe(expected.accepted);
          if (result.accepted) accepted += 1;
          else refused += 1;
          naive = expected.state;
          expect(naiveOf(state)).toEqual(naive);
        }
      }),
      runs,
    );
    expect(accepted).toBeGreaterThan(2_000);
    expect(refused).toBeGreaterThan(1_000);
  });

  it('keeps its indexes equal to freshly built ones', () => {
    fc.assert(
      fc.property(commands, (list) => {
        const state = registryMachine.initial();
        plainIndexes(state);
        for (const [index, command] of list.entries()) {
          registryMachine.apply(state, structuredClone(command), index + 1);
        }
        expect(plainIndexes(state)).toEqual(plainIndexes({ ...state }));
      }),
      runs,
    );
  });

  it('makes the same state, events and bytes on a member that restored a snapshot at any point', () => {
    fc.assert(
      fc.property(commands, fc.nat(), (list, drawn) => {
        const cut = list.length === 0 ? 0 : drawn % (list.length + 1);
        const first = registryMachine.initial();
        let second = registryMachine.initial();
        for (const [index, command] of list.entries()) {
          const bytes = registryMachine.encodeCommand(command);
          if (index === cut)
            second = registryMachine.decodeState(registryMachine.encodeState(first));
          const result = registryMachine.apply(first, structuredClone(command), index + 1);
          if (index < cut) continue;
          const decoded = registryMachine.decodeCommand(bytes);
          expect(registryMachine.apply(second, decoded, index + 1)).toEqual(result);
        }
        if (cut === list.length) {
          second = registryMachine.decodeState(registryMachine.encodeState(first));
        }
        expect(second).toEqual(first);
        expect(registryMachine.encodeState(second)).toEqual(registryMachine.encodeState(first));
      }),
      runs,
    );
  });

  it('decodes every command to what was encoded', () => {
    fc.assert(
      fc.property(registryCommand, (command) => {
        const decoded = registryMachine.decodeCommand(registryMachine.encodeCommand(command));
        if (command.type !== 'set-targets') {
          expect(decoded).toEqual(command);
          return;
        }
        const upsert = command.upsert.map((target) => ({
          ...target,
          content: withoutSources(target.content),
        }));
        expect(decoded).toEqual({ ...command, upsert });
      }),
      runs,
    );
  });

  it('keeps in a target the content of its scope, or none for people', () => {
    fc.assert(
      fc.property(commands, (list) => {
        const state = registryMachine.initial();
        for (const [index, command] of list.entries()) {
          registryMachine.apply(state, structuredClone(command), index + 1);
        }
        for (const { scope, revision, content } of state.targets.values()) {
          const inScope = state.scopes.get(scope)?.desired.revisions[revision];
          expect(content).toBe(inScope ?? withoutSources(content));
        }
      }),
      runs,
    );
  });

  it('names every scope, node, target and service that changed', () => {
    fc.assert(
      fc.property(commands, (list) => {
        const state = registryMachine.initial();
        for (const [index, command] of list.entries()) {
          const before = {
            scopes: new Map(state.scopes),
            targets: new Map(state.targets),
            nodes: new Map(state.nodes),
            sessions: new Map(state.sessions),
            observed: new Map(state.observed),
          };
          const result = registryMachine.apply(state, structuredClone(command), index + 1);
          const none = { scopes: [], nodes: [], targets: [], services: [], topology: false };
          const changes = result.accepted ? result.changes : none;
          const differs = (name: keyof typeof before) => {
            const keys = new Set([...before[name].keys(), ...state[name].keys()]);
            return [...keys].filter((key) => {
              const [old, now] = [before[name].get(key), state[name].get(key)];
              // The content of a target is that of its revision, whatever it says for people.
              return name === 'targets'
                ? !sameData({ ...old, content: 0 }, { ...now, content: 0 })
                : old !== now;
            });
          };
          const told = changes.targets.map(({ instance }) => instance);
          expect(new Set(told)).toEqual(new Set(differs('targets')));
          expect(changes.scopes).toEqual(expect.arrayContaining(differs('scopes')));
          expect(changes.nodes).toEqual(
            expect.arrayContaining([...differs('nodes'), ...differs('sessions')]),
          );
          const services = differs('observed').map((id) => serviceOfInstance(id));
          expect(changes.services).toEqual(expect.arrayContaining(services));
          expect(changes.topology).toBe(false);
        }
      }),
      runs,
    );
  });
});
