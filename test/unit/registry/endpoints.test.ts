/** An endpoint is active only while everything known says that it answers. */

import { describe, expect, it } from 'vitest';
import type { RegistryCommand } from '../../../registry/commands.ts';
import { endpointsOfServant, endpointsOfService } from '../../../registry/endpoints.ts';
import { apply, initialRegistryState } from '../../../registry/registry-machine.ts';
import {
  commitOf,
  node,
  observedOf,
  openOf,
  reportOf,
  scope,
  targetOf,
} from '../../support/registry/builders.ts';

const one = scope({ service: 'A.One', nodes: ['n1', 'n2'], revision: 'r1' });

const at = (servant: string, port: number) => ({
  servant,
  protocol: 'tars' as const,
  host: '10.0.0.1',
  port,
  weight: 100,
});

const setTargets = (names: readonly string[], state: 'running' | 'stopped' = 'running') =>
  ({
    type: 'set-targets',
    at: 1,
    fencingToken: 1,
    upsert: names.map((name) => targetOf(one, name, { state })),
    remove: [],
    reason: 'test',
  }) satisfies RegistryCommand;

function stateAfter(...more: readonly RegistryCommand[]) {
  const state = initialRegistryState();
  const endpoints = [at('OneObj', 9_001), at('AdminObj', 9_002)];
  const report = (name: string) =>
    reportOf(name, 's1', { full: true, instances: [observedOf(`A.One@${name}`, { endpoints })] });
  const commands: readonly RegistryCommand[] = [
    commitOf('c1', { upsertNodes: [node('n1'), node('n2')], upsertScopes: [one] }),
    openOf('n1', 's1'),
    openOf('n2', 's1'),
    setTargets(['n1', 'n2']),
    report('n1'),
    report('n2'),
    ...more,
  ];
  for (const [index, command] of commands.entries()) {
    expect(apply(state, command, index + 1).accepted).toBe(true);
  }
  return state;
}

const lose: RegistryCommand = { type: 'lose-session', at: 9, node: 'n1', sessionId: 's1' };
const phaseOfN1 = (phase: 'unready' | 'installing') =>
  reportOf('n1', 's1', {
    instances: [observedOf('A.One@n1', { phase, endpoints: [at('OneObj', 9_001)] })],
  });
const removeN1: RegistryCommand = { ...setTargets([]), remove: ['A.One@n1'] };
const n2Alone = commitOf('c2', {
  upsertScopes: [scope({ service: 'A.One', nodes: ['n2'], revision: 'r1' })],
});

describe('endpoints of a service', () => {
  it('are all active when all is well, sorted by servant and instance', () => {
    const endpoints = endpointsOfService(stateAfter(), 'A.One');
    expect(endpoints.map(({ servant, node: name, active }) => [servant, name, active])).toEqual([
      ['AdminObj', 'n1', true],
      ['AdminObj', 'n2', true],
      ['OneObj', 'n1', true],
      ['OneObj', 'n2', true],
    ]);
  });

  it.each([
    ['its node is lost', [lose], 'NodeLost'],
    ['its monitor fails', [phaseOfN1('unready')], 'NotRunning'],
    ['it is being installed', [phaseOfN1('installing')], 'NotRunning'],
    ['nobody asks for it any more', [n2Alone, removeN1], 'Leaving'],
    ['it is told to stop', [setTargets(['n1'], 'stopped')], 'Leaving'],
  ] as const)('are not active when %s', (_name, commands, reason) => {
    const endpoints = endpointsOfServant(stateAfter(...commands), 'A.One', 'OneObj');
    expect(endpoints).toMatchObject([
      { node: 'n1', active: false, reason },
      { node: 'n2', active: true },
    ]);
    expect(endpoints[1]).not.toHaveProperty('reason');
  });

  it('are active when Git asks for it and a registry that began anew has told nobody yet', () => {
    const endpoints = endpointsOfServant(stateAfter(removeN1), 'A.One', 'OneObj');
    expect(endpoints.map(({ active }) => active)).toEqual([true, true]);
  });

  it('are not active without a session, whatever was observed', () => {
    const state = stateAfter();
    state.sessions.delete('n2');
    expect(endpointsOfServant(state, 'A.One', 'OneObj')[1]).toMatchObject({
      active: false,
      reason: 'NodeUnknown',
    });
  });

  it('of an unknown service are none', () => {
    expect(endpointsOfService(stateAfter(), 'A.Other')).toEqual([]);
  });
});
