/** The loop wakes for what happens, looks at nothing else, and never gives up on a step. */

import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { RolloutLoop, type RolloutPorts } from '../../../controller/rollout/rollout-loop.ts';
import { eventually } from '../../support/agent/eventually.ts';
import {
  commitOf,
  node,
  observedOf,
  openOf,
  reportOf,
  scope,
  type ScopeOptions,
} from '../../support/registry/builders.ts';
import { MemoryReplica } from '../../support/registry/memory-replica.ts';

/** Time passes only when the test says so; what is due at once runs at once. */
class ManualClock {
  nowMs = 1_000;
  #timers = new Set<{ readonly at: number; readonly run: () => void }>();

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.nowMs + delayMs, run };
    if (delayMs === 0) setImmediate(() => this.#fire(timer));
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  #fire(timer: { readonly at: number; readonly run: () => void }): void {
    if (this.#timers.delete(timer)) timer.run();
  }

  pass(ms: number): void {
    this.nowMs += ms;
    for (const timer of this.#timers) if (timer.at <= this.nowMs) this.#fire(timer);
  }

  get waiting(): number {
    return this.#timers.size;
  }
}

function startLoop(parts: Partial<RolloutPorts> = {}) {
  const replica = new MemoryReplica();
  const clock = new ManualClock();
  const stored = new Set<string>();
  const listeners = new Set<() => void>();
  const errors: unknown[] = [];
  const lost: string[] = [];
  const loop = new RolloutLoop({
    replica,
    packages: {
      find: (name, version) =>
        stored.has(`${name} ${version}`) ? { digest: 'sha256:aa', sizeBytes: 1 } : undefined,
      explainMissing: (name, version) => `Push ${name} ${version}.`,
      onChange: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    fencingToken: () => 1,
    nowMs: () => clock.nowMs,
    after: (delayMs, run) => clock.after(delayMs, run),
    onLeaseLost: (message) => lost.push(message),
    onError: (error) => errors.push(error),
    ...parts,
  });
  onTestFinished(() => loop.stop());
  const silent = new Set<string>();
  const reported = new Set<(name: string) => void>();
  const agents = {
    hasReported: (name: string) => !silent.has(name),
    onReported(listener: (name: string) => void) {
      reported.add(listener);
      return () => reported.delete(listener);
    },
  };
  const hear = (name: string) => {
    silent.delete(name);
    for (const listener of reported) listener(name);
  };
  const store = (name: string) => {
    stored.add(name);
    for (const listener of listeners) listener();
  };
  const commit = (name: string, ...scopes: readonly ScopeOptions[]) =>
    replica.propose(
      commitOf(name, {
        at: clock.nowMs,
        upsertNodes: ['n1', 'n2'].map((each) => node(each)),
        upsertScopes: scopes.map((each) => scope(each)),
      }),
    );
  const targets = () =>
    [...replica.state.targets.values()].map(({ instance, revision }) => `${instance} ${revision}`);
  return {
    replica,
    clock,
    errors,
    lost,
    loop,
    store,
    commit,
    targets,
    listeners,
    agents,
    silent,
    hear,
  };
}

const one = { service: 'A.One', nodes: ['n1', 'n2'], revision: 'r1' };

async function report(
  replica: MemoryReplica,
  name: string,
  revision: string,
  observedGeneration = 1,
): Promise<void> {
  const seen = observedOf(`A.One@${name}`, { revision, observedGeneration });
  await replica.propose(reportOf(name, 's1', { instances: [seen] }));
}

describe('the rollout loop', () => {
  it('places, rolls with the reports, and settles without a timer left', async () => {
    const { replica, clock, loop, commit, targets, agents } = startLoop();
    loop.start(agents);
    await commit('c1', one);
    await eventually(() => targets().length === 2);
    for (const name of ['n1', 'n2']) {
      await replica.propose(openOf(name, 's1'));
      await report(replica, name, 'r1');
    }
    await eventually(() => loop.statusOf('d1/A.One')?.phase === 'settled');
    expect(clock.waiting).toBe(0);

    await commit('c2', { ...one, revision: 'r2' });
    await eventually(() => targets().includes('A.One@n1 r2'));
    expect(targets()).toContain('A.One@n2 r1');
    await report(replica, 'n1', 'r2', 2);
    await eventually(() => targets().includes('A.One@n2 r2'));
    await report(replica, 'n2', 'r2', 2);
    await eventually(() => loop.statusOf('d1/A.One')?.phase === 'settled');
    expect(replica.state.events.at(-1)).toMatchObject({ reason: 'InstanceRunning' });
  });

  it('takes up what was left when it starts, also scopes that are gone', async () => {
    const { replica, loop, commit, targets, agents } = startLoop();
    await commit('c1', one);
    loop.start(agents);
    await eventually(() => targets().length === 2);
    await loop.stop();
    await replica.propose(commitOf('c2', { removeScopes: ['d1/A.One'] }));
    const second = startLoop({ replica });
    second.loop.start(second.agents);
    await eventually(() => targets().length === 0);
  });

  it('goes on when a package arrives, with the scopes that wait for it', async () => {
    const { loop, commit, store, targets, agents } = startLoop();
    loop.start(agents);
    const release = { package: 'A.One', version: '2.0.0' };
    await commit('c1', { ...one, release }, { ...one, service: 'A.Two' });
    await eventually(() => loop.statusOf('d1/A.One')?.reason === 'PackageMissing');
    expect(loop.statusOf('d1/A.One')).toMatchObject({ message: 'Push A.One 2.0.0.' });
    expect(targets()).toEqual(['A.Two@n1 r1', 'A.Two@n2 r1']);
    store('A.One 2.0.0');
    await eventually(() => targets().length === 4);
  });

  it('takes nothing down on the word of an earlier controller', async () => {
    const { replica, loop, commit, targets, agents, silent, hear } = startLoop();
    await commit('c1', one);
    loop.start(agents);
    await eventually(() => targets().length === 2);
    for (const name of ['n1', 'n2']) {
      await replica.propose(openOf(name, 's1'));
      await report(replica, name, 'r1');
    }
    await eventually(() => loop.statusOf('d1/A.One')?.phase === 'settled');
    silent.add('n2');
    await commit('c2', { ...one, revision: 'r2' });
    await eventually(() => loop.statusOf('d1/A.One')?.generation === 2);
    expect(targets()).toEqual(['A.One@n1 r1', 'A.One@n2 r1']);
    hear('n2');
    await eventually(() => targets().includes('A.One@n1 r2'));
  });

  it('notices by itself that nothing moves', async () => {
    const { replica, clock, loop, commit, agents } = startLoop();
    loop.start(agents);
    await commit('c1', { ...one, rollout: { progressDeadlineMs: 60_000 } });
    await replica.propose(openOf('n1', 's1'));
    await eventually(() => loop.statusOf('d1/A.One')?.phase === 'rolling' && clock.waiting === 1);
    clock.pass(59_000);
    expect(loop.statusOf('d1/A.One')?.phase).toBe('rolling');
    clock.pass(1_001);
    await eventually(() => loop.statusOf('d1/A.One')?.phase === 'stalled');
  });

  it('tries a step again that could not be written', async () => {
    const { replica, clock, loop, commit, errors, targets, agents } = startLoop();
    await commit('c1', one);
    replica.failures = 2;
    loop.start(agents);
    await eventually(() => errors.length === 1 && clock.waiting > 0);
    expect(targets()).toEqual([]);
    clock.pass(400);
    await eventually(() => errors.length === 2 && clock.waiting > 0);
    clock.pass(800);
    await eventually(() => targets().length === 2);
  });

  it('writes nothing while another controller leads, and everything once this one does', async () => {
    let token: number | undefined = 1;
    const { replica, loop, lost, targets, agents } = startLoop({
      fencingToken: () => token,
    });
    loop.start(agents);
    // Another leader was seen, and this controller does not know yet.
    await replica.propose(commitOf('c0', { fencingToken: 7 }));
    await replica.propose(
      commitOf('c1', {
        fencingToken: 7,
        upsertNodes: [node('n1'), node('n2')],
        upsertScopes: [scope(one)],
      }),
    );
    await eventually(() => lost.length === 1);
    expect(lost[0]).toMatch(/token 7/);
    token = undefined;
    const two = { ...one, service: 'A.Two' };
    await replica.propose(commitOf('c2', { fencingToken: 7, upsertScopes: [scope(two)] }));
    await eventually(() => loop.statusOf('d1/A.Two') !== undefined);
    expect([targets(), lost.length]).toEqual([[], 1]);
    token = 8;
    loop.leads();
    await eventually(() => targets().length === 4);
    expect(replica.state.fencingToken).toBe(8);
  });

  it('looks at one scope among 10,000 when one changes', async () => {
    const { replica, loop, agents } = startLoop();
    const scopes = Array.from({ length: 10_000 }, (_, index) =>
      scope({ service: `A.S${index}`, nodes: ['n1'], revision: `r${index}` }),
    );
    const upsertNodes = [node('n1')];
    await replica.propose(commitOf('c1', { upsertNodes, upsertScopes: scopes }));
    loop.start(agents);
    await eventually(() => replica.state.targets.size === 10_000);
    await replica.propose(openOf('n1', 's1'));
    const instances = scopes.map(({ service, instances: [first] }) =>
      observedOf(`${service}@n1`, { revision: first?.revision ?? '' }),
    );
    await replica.propose(reportOf('n1', 's1', { full: true, instances }));
    const isSettled = (name: string) => loop.statusOf(name)?.phase === 'settled';
    await eventually(() => scopes.every((each) => isSettled(each.scope)));

    const looks = vi.spyOn(replica.state.scopes, 'get');
    const down = observedOf('A.S5@n1', { revision: 'r5', phase: 'unready' });
    await replica.propose(reportOf('n1', 's1', { instances: [down] }));
    await eventually(() => loop.statusOf('d1/A.S5')?.phase === 'rolling');
    expect(new Set(looks.mock.calls.map(([name]) => name))).toEqual(new Set(['d1/A.S5']));
  });
});
