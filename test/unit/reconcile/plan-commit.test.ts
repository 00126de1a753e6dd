import { expect, test } from 'vitest';
import {
  inForceOf,
  planCommit,
  type ResolvedCommit,
} from '../../../controller/reconcile/plan-commit.ts';
import { registryMachine } from '../../../registry/registry-machine.ts';
import type { RegistryState } from '../../../registry/model.ts';
import type { DesiredScope, DesiredState } from '../../../spec/desired-state.ts';
import { cluster, node, scope } from '../../support/registry/builders.ts';

const origin = { url: '/srv/fleet', branch: 'main', path: '' };
const leader = { now: 50 };

function desiredOf(
  scopes: readonly DesiredScope[],
  nodes: readonly string[] = ['n1'],
): DesiredState {
  return {
    cluster,
    topology: { groups: [], stations: [] },
    dataCenters: new Map(),
    nodes: new Map(nodes.map((name) => [name, node(name)])),
    scopes: new Map(scopes.map((one) => [one.scope, one])),
  };
}

function resolved(commit: string, desired: DesiredState, more: Partial<ResolvedCommit> = {}) {
  const info = { commit, committedAt: 1, author: 'ann', subject: 's' };
  return {
    commit: info,
    origin,
    desired,
    objectCount: 1,
    held: [],
    holdReason: undefined,
    ...more,
  };
}

function stateAfter(...commits: ResolvedCommit[]): RegistryState {
  const state = registryMachine.initial();
  for (const [at, commit] of commits.entries()) {
    const command = planCommit(commit, state, leader);
    if (command === undefined) continue;
    registryMachine.apply(state, { ...command, fencingToken: 3 }, at + 1);
  }
  return state;
}

const web = scope({ service: 'App.Web', revision: 'r1', nodes: ['n1'] });
const cart = scope({ service: 'App.Cart', revision: 'r1', nodes: ['n1'] });

test('the first commit is based on nothing and brings everything', () => {
  expect(planCommit(resolved('c1', desiredOf([web])), stateAfter(), leader)).toMatchObject({
    type: 'apply-commit',
    at: 50,
    basedOn: 'none',
    upsertNodes: [{ name: 'n1' }],
    upsertScopes: [{ service: 'App.Web' }],
    source: { commit: 'c1', inForceCommit: 'c1', appliedAt: 50, origin },
  });
});

test('planning again what was applied gives nothing, at any time', () => {
  const commit = resolved('c1', desiredOf([web, cart]));
  const state = stateAfter(commit);
  expect(planCommit(commit, state, { ...leader, now: 99 })).toBeUndefined();
  const copied = resolved('c1', desiredOf([structuredClone(web), structuredClone(cart)]));
  expect(planCommit(copied, state, { ...leader, now: 99 })).toBeUndefined();
});

test('only what differs is in the command', () => {
  const state = stateAfter(resolved('c1', desiredOf([web, cart], ['n1', 'n2'])));
  const changed = { ...cart, digest: `sha256:${'f'.repeat(64)}` };
  const command = planCommit(resolved('c2', desiredOf([changed], ['n1', 'n3'])), state, leader);
  expect(command?.basedOn).toEqual({ commit: 'c1', appliedAt: 50 });
  expect(command?.upsertScopes).toEqual([changed]);
  expect(command?.removeScopes).toEqual(['d1/App.Web']);
  expect(command?.upsertNodes.map(({ name }) => name)).toEqual(['n3']);
  expect(command?.removeNodes).toEqual(['n2']);
});

test('an object that moved to another line is brought up to date, with the same digest', () => {
  const state = stateAfter(resolved('c1', desiredOf([web])));
  const moved = { ...web, origin: { path: 'elsewhere.yaml', line: 9 } };
  const command = planCommit(resolved('c2', desiredOf([moved])), state, leader);
  expect(command?.upsertScopes).toEqual([moved]);
});

test('a commit without effect is recorded, with nothing else in the command', () => {
  const state = stateAfter(resolved('c1', desiredOf([web])));
  const command = planCommit(resolved('c2', desiredOf([web])), state, leader);
  expect(command).toMatchObject({
    source: { commit: 'c2', inForceCommit: 'c2' },
    upsertScopes: [],
    removeScopes: [],
    upsertNodes: [],
    removeNodes: [],
  });
});

test('of a commit that waits nothing takes effect but the record of it', () => {
  const state = stateAfter(resolved('c1', desiredOf([web, cart])));
  const holdReason = { code: 'SPEC_DELETION_HELD', message: 'too much' };
  const waiting = resolved(
    'c2',
    { ...desiredOf([]), cluster: { ...cluster, name: 'other' } },
    { holdReason },
  );
  const command = planCommit(waiting, state, leader);
  expect(command).toMatchObject({
    cluster,
    source: { commit: 'c2', inForceCommit: 'c1', holdReason },
    removeScopes: [],
  });
  const after = stateAfter(resolved('c1', desiredOf([web, cart])), waiting);
  expect(planCommit(waiting, after, leader)).toBeUndefined();
});

test('what was agreed on is not compared, unless others have changed the registry', () => {
  const desired = desiredOf([web, cart]);
  const state = stateAfter(resolved('c1', desired));
  // Behind the back of the agreement, so that a comparison would find it.
  state.scopes.delete('d1/App.Cart');
  const next = resolved('c2', { ...desired, scopes: new Map(desired.scopes) });
  const trusting = planCommit(next, state, {
    ...leader,
    agreed: { desired, source: state.source },
  });
  expect(trusting?.upsertScopes).toEqual([]);
  const wary = planCommit(next, state, {
    ...leader,
    agreed: { desired, source: structuredClone(state.source) },
  });
  expect(wary?.upsertScopes).toEqual([cart]);
});

test('what is in force is what was agreed on, unless others have changed the registry', () => {
  const desired = desiredOf([web, cart]);
  const state = stateAfter(resolved('c1', desired));
  const known = inForceOf(state, { desired, source: state.source });
  expect(known.scopes).toBe(desired.scopes);
  const read = inForceOf(state, { desired, source: structuredClone(state.source) });
  expect(read.scopes).not.toBe(desired.scopes);
  const { topology, nodes, scopes } = desired;
  expect(read).toEqual({ cluster, topology, nodes, scopes });
  expect(inForceOf(state, undefined)).toEqual(read);
});
