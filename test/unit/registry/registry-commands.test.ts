/** What each command does, case by case: fencing, sessions, generations, identity, events. */

import { describe, expect, it } from 'vitest';
import { keptEventsMax } from '../../../registry/apply/effects.ts';
import type { RegistryCommand } from '../../../registry/commands.ts';
import type { RegistryState } from '../../../registry/model.ts';
import {
  apply,
  initialRegistryState,
  registryMachine,
} from '../../../registry/registry-machine.ts';
import type { RegistryAccepted, RegistryResult } from '../../../registry/result.ts';
import {
  commitOf,
  node,
  observedOf,
  openOf,
  reportOf,
  scope,
  source,
  targetOf,
} from '../../support/registry/builders.ts';

let sequence = 0;

function run(state: RegistryState, ...commands: readonly RegistryCommand[]): RegistryResult {
  let result: RegistryResult | undefined;
  for (const command of commands) result = apply(state, command, (sequence += 1));
  if (result === undefined) throw new Error('no command');
  return result;
}

function accepted(result: RegistryResult): RegistryAccepted {
  if (!result.accepted) throw new Error(`${result.code}: ${result.message}`);
  return result;
}

const one = scope({ service: 'A.One', nodes: ['n1', 'n2'], revision: 'r1' });

function started(): RegistryState {
  const state = initialRegistryState();
  run(
    state,
    commitOf('c1', { upsertNodes: [node('n1'), node('n2')], upsertScopes: [one] }),
    openOf('n1', 's1'),
    {
      type: 'set-targets',
      at: 25,
      fencingToken: 1,
      upsert: [targetOf(one, 'n1'), targetOf(one, 'n2')],
      remove: [],
      reason: 'first placement',
    },
    reportOf('n1', 's1', { full: true, instances: [observedOf('A.One@n1')] }),
  );
  return state;
}

const reasons = (result: RegistryResult) => accepted(result).events.map(({ reason }) => reason);

describe('a lower fencing token', () => {
  const stale: readonly RegistryCommand[] = [
    commitOf('c9', { fencingToken: 4, upsertNodes: [node('n9')], removeScopes: [one.scope] }),
    {
      type: 'set-targets',
      at: 50,
      fencingToken: 4,
      upsert: [],
      remove: ['A.One@n1'],
      reason: 'stale',
    },
  ];
  it.each(stale)('changes nothing in $type', (command) => {
    const state = started();
    run(state, commitOf('c2', { fencingToken: 5 }));
    const before = registryMachine.encodeState(state);
    expect(run(state, command)).toMatchObject({ accepted: false, code: 'STALE_LEASE' });
    expect(registryMachine.encodeState(state)).toEqual(before);
  });
});

describe('a commit', () => {
  it('raises the generation only when the digest changed', () => {
    const state = started();
    const moved = { ...one, origin: { path: 'other.yaml', line: 7 } };
    run(state, commitOf('c2', { upsertScopes: [moved] }));
    expect(state.scopes.get(one.scope)).toMatchObject({
      generation: 1,
      commit: 'c1',
      desired: { origin: { path: 'other.yaml' } },
    });
    const changed = scope({ service: 'A.One', nodes: ['n1'], revision: 'r2' });
    run(state, commitOf('c3', { upsertScopes: [changed] }));
    expect(state.scopes.get(one.scope)).toMatchObject({ generation: 2, commit: 'c3' });
  });

  it('keeps the identity of what it says again, and names no change', () => {
    const state = started();
    const before = { node: state.nodes.get('n1'), scope: state.scopes.get(one.scope) };
    const again = commitOf('c1', {
      upsertNodes: [node('n1')],
      upsertScopes: [structuredClone(one)],
    });
    const result = accepted(run(state, again));
    expect(state.nodes.get('n1')).toBe(before.node);
    expect(state.scopes.get(one.scope)).toBe(before.scope);
    expect(result).toMatchObject({ events: [], changes: { scopes: [], nodes: [], targets: [] } });
  });

  it('that is held says why and leaves the commit in force', () => {
    const state = started();
    const held = {
      ...source('c2'),
      inForceCommit: 'c1',
      holdReason: { code: 'BRAKE', message: 'It would remove 12 services.' },
    };
    const result = accepted(run(state, commitOf('c2', { source: held })));
    expect(result.events).toMatchObject([
      { reason: 'CommitHeld', severity: 'warning', message: 'It would remove 12 services.' },
    ]);
    expect(state.source?.inForceCommit).toBe('c1');
  });

  it('of thousands of scopes leaves room for the history', () => {
    const state = initialRegistryState();
    const many = Array.from({ length: 3_000 }, (_, index) =>
      scope({ service: `A.S${index}`, nodes: [], revision: 'r1' }),
    );
    const result = accepted(run(state, commitOf('c1', { upsertScopes: many })));
    expect(result.events.length).toBeLessThan(60);
    expect(result.events.at(-1)).toMatchObject({ reason: 'EventsOmitted' });
    expect(result.changes.scopes).toHaveLength(3_000);
  });
});

describe('targets', () => {
  it('of a generation that was overtaken are left out', () => {
    const state = started();
    const next = scope({ service: 'A.One', nodes: ['n1', 'n2'], revision: 'r2' });
    run(state, commitOf('c2', { upsertScopes: [next] }));
    const late = targetOf(one, 'n1', { state: 'stopped', generation: 1 });
    const result = run(state, {
      type: 'set-targets',
      at: 50,
      fencingToken: 1,
      upsert: [late],
      remove: [],
      reason: 'late',
    });
    expect(accepted(result).changes.targets).toEqual([]);
    expect(state.targets.get('A.One@n1')?.state).toBe('running');
  });

  it('of one revision share its content, also after a snapshot', () => {
    const restored = registryMachine.decodeState(registryMachine.encodeState(started()));
    const [first, second] = [...restored.targets.values()];
    expect(first?.content).toBeDefined();
    expect(first?.content).toBe(second?.content);
    expect(first?.content).toBe(restored.scopes.get(one.scope)?.desired.revisions['r1']);
  });
});

describe('a session', () => {
  it('of a node that is not in Git is refused', () => {
    expect(run(started(), openOf('n7', 's1'))).toMatchObject({
      accepted: false,
      code: 'NODE_UNKNOWN',
    });
  });

  it('is lost only under its own id', () => {
    const state = started();
    const lose = (sessionId: string) =>
      run(state, { type: 'lose-session', at: 60, node: 'n1', sessionId });
    expect(lose('s0')).toMatchObject({ accepted: false, code: 'STALE_SESSION' });
    expect(state.sessions.get('n1')?.state).toBe('alive');
    const result = lose('s1');
    expect(reasons(result)).toEqual(['NodeLost']);
    expect(accepted(result).changes).toMatchObject({ nodes: ['n1'], scopes: [one.scope] });
    expect(state.sessions.get('n1')).toMatchObject({ state: 'lost', since: 60 });
  });

  it('that opens again keeps its record while it was not lost', () => {
    const state = started();
    const before = state.sessions.get('n1');
    const result = accepted(run(state, openOf('n1', 's1', 99)));
    expect(state.sessions.get('n1')).toMatchObject({ since: before?.since, state: 'alive' });
    expect(result.events).toEqual([]);
  });
});

describe('a report', () => {
  it('of an old session is ignored', () => {
    const state = started();
    run(state, openOf('n1', 's2'));
    const late = reportOf('n1', 's1', { full: true, instances: [] });
    expect(run(state, late)).toMatchObject({ accepted: false, code: 'STALE_SESSION' });
    expect(state.observed.has('A.One@n1')).toBe(true);
  });

  it('that names an instance of another node changes nothing', () => {
    const state = started();
    const foreign = reportOf('n1', 's1', {
      instances: [
        observedOf('A.One@n1', { phase: 'failed' }),
        observedOf('A.One@n2', { phase: 'failed' }),
      ],
    });
    expect(run(state, foreign)).toMatchObject({ code: 'REPORT_FOREIGN_INSTANCE' });
    expect(state.observed.get('A.One@n1')?.phase).toBe('running');
  });

  it('in full forgets what it does not name', () => {
    const state = started();
    const result = run(state, reportOf('n1', 's1', { full: true, instances: [] }));
    expect(state.observed.size).toBe(0);
    expect(reasons(result)).toEqual(['InstanceGone']);
  });

  it('of the same again keeps identity and makes no event', () => {
    const state = started();
    const before = state.observed.get('A.One@n1');
    const again = reportOf('n1', 's1', { full: true, instances: [observedOf('A.One@n1')] });
    expect(reasons(run(state, again))).toEqual([]);
    expect(state.observed.get('A.One@n1')).toBe(before);
  });

  it.each([
    [{ phase: 'backoff', lastExit: { code: 3, at: 41 } }, 'InstanceBackoff', /exited with code 3/],
    [{ phase: 'failed', message: 'No such file.' }, 'InstanceFailed', /No such file/],
    [{ restarts: 2 }, 'InstanceRestarted', /2 times/],
    [{ phase: 'unready' }, 'InstanceUnready', /unready/],
    [
      { phase: 'stopping', reason: 'Silent', message: 'It sent no beat for 45 s.' },
      'InstanceSilent',
      /no beat for 45 s/,
    ],
  ] as const)('with %o makes the event %s', (parts, reason, message) => {
    const changed = observedOf('A.One@n1', parts);
    const result = accepted(run(started(), reportOf('n1', 's1', { instances: [changed] })));
    expect(result.events).toMatchObject([{ reason, message: expect.stringMatching(message) }]);
  });
});

it('makes the same events in the same order on a member that restored a snapshot', () => {
  const first = started();
  for (const service of ['A.Three', 'A.Two', 'A.Four']) {
    run(first, reportOf('n1', 's1', { instances: [observedOf(`${service}@n1`)] }));
  }
  const second = registryMachine.decodeState(registryMachine.encodeState(first));
  const last = reportOf('n1', 's1', { full: true, instances: [] });
  const results = [first, second].map((state) => apply(state, last, 1_000));
  expect(results[0]).toEqual(results[1]);
});

describe('a node that is taken out of Git', () => {
  it('keeps its session until it is empty, and is then forgotten', () => {
    const state = started();
    run(state, commitOf('c2', { removeNodes: ['n1'], removeScopes: [one.scope] }));
    expect(state.sessions.has('n1')).toBe(true);
    run(state, {
      type: 'set-targets',
      at: 50,
      fencingToken: 1,
      upsert: [],
      remove: ['A.One@n1', 'A.One@n2'],
      reason: 'removed',
    });
    expect(state.sessions.has('n1')).toBe(true);
    const result = accepted(run(state, reportOf('n1', 's1', { gone: ['A.One@n1'] })));
    expect(state.sessions.has('n1')).toBe(false);
    expect(result.changes.nodes).toEqual(['n1']);
  });

  it('and is lost is forgotten at once, with its instances', () => {
    const state = started();
    run(state, { type: 'lose-session', at: 60, node: 'n1', sessionId: 's1' });
    run(state, commitOf('c2', { removeNodes: ['n1'] }));
    expect(state.sessions.size).toBe(0);
    expect(state.observed.size).toBe(0);
  });
});

it('keeps a bounded history, the newest last', () => {
  const state = started();
  for (let index = 0; index < keptEventsMax + 10; index += 1) {
    const phase = index % 2 === 0 ? 'unready' : 'running';
    run(state, reportOf('n1', 's1', { instances: [observedOf('A.One@n1', { phase })] }));
  }
  expect(state.events).toHaveLength(keptEventsMax);
  expect(state.events.at(-1)?.sequence).toBe(sequence);
});

it('applies a report about one of 10,000 instances in constant time', () => {
  const state = initialRegistryState();
  const nodes = Array.from({ length: 100 }, (_, index) => node(`n${index}`));
  const names = nodes.map(({ name }) => name);
  const scopes = Array.from({ length: 100 }, (_, index) =>
    scope({ service: `A.S${index}`, nodes: names, revision: `r${index}` }),
  );
  run(state, commitOf('c1', { upsertNodes: nodes, upsertScopes: scopes }));
  const upsert = scopes.flatMap((entry) => names.map((name) => targetOf(entry, name)));
  run(state, { type: 'set-targets', at: 1, fencingToken: 1, upsert, remove: [], reason: 'all' });
  expect(state.targets.size).toBe(10_000);
  for (const name of names) run(state, openOf(name, 's1'));
  // The fastest of many batches: others use this machine too.
  let fastestMs = Number.POSITIVE_INFINITY;
  const batch = 200;
  for (let round = 0; round < 25; round += 1) {
    const startedAt = performance.now();
    for (let index = 0; index < batch; index += 1) {
      const name = names[index % names.length] ?? '';
      const instance = `A.S${index % 100}@${name}`;
      const seen = observedOf(instance, { restarts: round, phase: 'installing' });
      run(state, reportOf(name, 's1', { instances: [seen] }));
    }
    fastestMs = Math.min(fastestMs, (performance.now() - startedAt) / batch);
  }
  // A walk over 10,000 instances takes more than 100 µs; this takes a few.
  expect(fastestMs).toBeLessThan(0.05);
});
