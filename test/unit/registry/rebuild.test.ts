/** A registry that is made anew: what it believes, what it gives out, and what it leaves alone. */

import { describe, expect, it } from 'vitest';
import type { RegistryCommand } from '../../../registry/commands.ts';
import type { RegistryState } from '../../../registry/model.ts';
import { tokensUntold } from '../../../registry/rebuild.ts';
import { initialRegistryState, registryMachine } from '../../../registry/registry-machine.ts';
import { fullTargets } from '../../../registry/target-delta.ts';
import {
  commitOf,
  node,
  observedOf,
  openOf,
  reportOf,
  scope,
  targetOf,
} from '../../support/registry/builders.ts';

const began = 1_800_000_000_000;
const one = scope({ service: 'A.One', nodes: ['n1', 'n2'], revision: 'r2' });

class Log {
  state: RegistryState = initialRegistryState();
  sequence = 0;

  run(command: RegistryCommand) {
    this.sequence += 1;
    return registryMachine.apply(this.state, command, this.sequence);
  }

  must(command: RegistryCommand) {
    const result = this.run(command);
    if (!result.accepted) throw new Error(`${result.code}: ${result.message}`);
    return result;
  }

  /** As a controller that goes on from a snapshot. */
  reload(): void {
    this.state = registryMachine.decodeState(registryMachine.encodeState(this.state));
  }

  begin(controller = 'a', at = began) {
    return this.run({
      type: 'begin-rebuild',
      at,
      controller,
      registryId: controller,
      waitMs: 1_000,
    });
  }

  /** Takes the lease over, as after having watched it for its duration. */
  lead(controller = 'a'): number {
    const held = this.state.leases.leases.get('leader');
    const watched = held && { watched: { token: held.token, renewals: held.renewals } };
    const wish = {
      type: 'acquire-lease',
      name: 'leader',
      holder: controller,
      durationMs: 5,
    } as const;
    const result = this.must({ type: 'lease', at: 1, controller, lease: { ...wish, ...watched } });
    return result.lease?.lease?.token ?? 0;
  }

  commit(fencingToken: number, removed: readonly string[] = []): void {
    const upsertNodes = ['n1', 'n2'].map((name) => node(name));
    const parts = { at: began + 5, fencingToken, upsertNodes, upsertScopes: [one] };
    this.must(commitOf('c1', { ...parts, removeScopes: removed }));
  }

  held(name: string, parts: Partial<Extract<RegistryCommand, { type: 'report-held' }>>) {
    const about = { at: began + 10, node: name, sessionId: 's', targets: [] };
    return this.run({ type: 'report-held', ...about, ...parts });
  }
}

/** Begun, led, with a commit, and an agent on n1. */
function rebuilding(): Log {
  const log = new Log();
  log.begin();
  log.commit(log.lead());
  log.must(openOf('n1', 's'));
  return log;
}

const older = targetOf(one, 'n1', { revision: 'r1', generation: 57 });

describe('the beginning', () => {
  it('gives a new identity, and tokens and epochs above the clock', () => {
    const log = new Log();
    expect(log.begin()).toMatchObject({ accepted: true, events: [{ reason: 'RebuildBegan' }] });
    expect(log.state.registryId).toBe('a');
    expect(log.lead()).toBe(began + 1);
    expect(log.state.locks.epoch).toBe(began);
  });

  it('is refused when something is there, with what it is', () => {
    const log = new Log();
    log.commit(log.lead());
    const before = registryMachine.encodeState(log.state);
    expect(log.begin()).toMatchObject({ accepted: false, code: 'REBUILD_NOT_EMPTY' });
    expect(log.begin()).toMatchObject({
      message: expect.stringContaining('commit c1 is in force'),
    });
    expect(registryMachine.encodeState(log.state)).toEqual(before);
  });

  it('of two controllers is that of the first one, also when the other one was faster to lead', () => {
    const log = new Log();
    const early = log.lead('b');
    expect(log.begin('a')).toMatchObject({ accepted: true });
    expect(log.begin('b')).toMatchObject({ code: 'REBUILD_NOT_EMPTY', message: /is open/ });
    expect(log.state.registryId).toBe('a');
    const late = commitOf('c0', { fencingToken: early });
    expect(log.run(late)).toMatchObject({ code: 'STALE_LEASE' });
    expect(log.lead('b')).toBeGreaterThan(began);
  });

  it('is in every snapshot', () => {
    const log = rebuilding();
    log.must(reportOf('n1', 's', { full: true }));
    const { rebuild } = log.state;
    log.reload();
    expect(log.state.rebuild).toEqual(rebuild);
    expect(rebuild).toMatchObject({ controller: 'a', since: began + 5, heard: new Set(['n1']) });
  });
});

describe('what an agent holds', () => {
  it('becomes what it is told, whatever Git asks for', () => {
    const log = rebuilding();
    log.held('n1', { targets: [older] });
    log.must(reportOf('n1', 's', { full: true }));
    expect(fullTargets(log.state, 'n1').upsert).toEqual([older]);
  });

  it('counts for its own node only', () => {
    const log = rebuilding();
    const foreign = targetOf(one, 'n2');
    expect(log.held('n1', { targets: [foreign] })).toMatchObject({
      code: 'REPORT_FOREIGN_INSTANCE',
    });
    const disguised = { ...foreign, node: 'n1' };
    expect(log.held('n1', { targets: [disguised] })).toMatchObject({ accepted: false });
    expect(log.held('n1', { sessionId: 'other' })).toMatchObject({ code: 'STALE_SESSION' });
    expect(log.state.targets.size).toBe(0);
  });

  it('changes nothing once the node was heard, or where something was decided', () => {
    const log = rebuilding();
    log.held('n1', { targets: [older] });
    log.held('n1', { targets: [{ ...older, revision: 'r0' }] });
    log.must(reportOf('n1', 's', { full: true }));
    log.held('n1', { targets: [{ ...older, revision: 'r0' }], highestToken: began * 1.2 });
    expect(log.state.targets.get('A.One@n1')?.revision).toBe('r1');
    expect(log.state.leases.lastToken).toBe(began + 1);
  });

  it('changes nothing in a registry that was never lost', () => {
    const log = new Log();
    log.commit(log.lead());
    log.must(openOf('n1', 's'));
    log.held('n1', { targets: [older], highestToken: began });
    expect([log.state.targets.size, log.state.locks.epoch]).toEqual([0, 0]);
  });
});

describe('a token that an agent was told', () => {
  // A controller before had a clock that ran ahead by years.
  const ahead = began + 500_000_000_000;

  it('is below every token and epoch from then on; the leader takes a new one', () => {
    const log = rebuilding();
    const first = log.state.fencingToken;
    log.must({ ...lock('n1'), holderIsMaster: true });
    log.must(reportOf('n1', 's', { instances: [observedOf('A.One@n1')] }));
    log.must({ ...lock('n1'), holderIsMaster: true });
    log.held('n1', { highestToken: ahead });
    expect(log.run(commitOf('c2', { fencingToken: first }))).toMatchObject({ code: 'STALE_LEASE' });
    expect(log.lead()).toBeGreaterThan(ahead);
    const { lock: answer } = log.must({ ...lock('n1'), holderIsMaster: true });
    expect(answer).toMatchObject({ code: 0, holder: 'n1' });
    expect(answer?.code === 0 && answer.epoch).toBeGreaterThan(ahead + tokensUntold);
  });

  it.each([
    ['2^60', 2 ** 60],
    ['no number', Number.NaN],
    ['no end', Number.POSITIVE_INFINITY],
    ['below zero', -1],
    ['a part', began + 0.5],
    ['the greatest number', Number.MAX_SAFE_INTEGER],
  ])('is not believed when it is %s', (_name, highestToken) => {
    const log = rebuilding();
    const result = log.held('n1', { highestToken, targets: [older] });
    expect(result).toMatchObject({ accepted: true, events: [{ reason: 'TokenNotBelieved' }] });
    expect(log.state.leases.lastToken).toBe(began + 1);
    expect(log.state.targets.size).toBe(1);
  });

  it('leaves room for all that comes, however high it is', () => {
    const log = rebuilding();
    log.held('n1', { highestToken: began + 3_000_000_000_000 });
    const raised = log.lead();
    expect(Number.isSafeInteger(raised * 1_000)).toBe(true);
    // The next rebuild still believes what this one gave out.
    const next = new Log();
    next.begin('a', began + 60_000);
    next.commit(next.lead());
    next.must(openOf('n1', 's'));
    next.held('n1', { at: began + 60_000, highestToken: raised });
    expect(next.lead()).toBeGreaterThan(raised);
  });
});

function lock(name: string, at = began + 20) {
  const about = { type: 'take-lock', service: 'A.One', timeoutMs: 5_000 } as const;
  return { ...about, at, node: name, holderIsMaster: false };
}

describe('while it is open', () => {
  it('a primary is whoever says so, and a backup keeps its role', () => {
    const log = rebuilding();
    log.must(openOf('n2', 's'));
    for (const name of ['n1', 'n2']) {
      log.must(reportOf(name, 's', { instances: [observedOf(`A.One@${name}`)] }));
    }
    expect(log.must(lock('n2')).lock).toEqual({ code: 2 });
    expect(log.must({ ...lock('n1'), holderIsMaster: true }).lock).toMatchObject({ code: 0 });
    expect(log.must(lock('n2')).lock).toMatchObject({ code: 1, holder: 'n1' });
    const { at: _at, ...end } = { type: 'end-rebuild', at: 0, why: 'time' } as const;
    log.must({ ...end, at: began + 30 });
    expect(log.must(lock('n2', began + 9_000)).lock).toMatchObject({ code: 0, holder: 'n2' });
  });

  it('nothing is taken away from an agent; at the end what nobody asks for is', () => {
    const log = rebuilding();
    const stray = 'A.Gone@n1';
    log.must(reportOf('n1', 's', { full: true, instances: [observedOf(stray)] }));
    expect(fullTargets(log.state, 'n1').keep).toEqual(['A.Gone@n1', 'A.One@n1']);
    const again = log.must(commitOf('c2', { fencingToken: log.state.fencingToken }));
    expect(again.changes.strays).toEqual([]);
    const ended = log.must({ type: 'end-rebuild', at: began + 30, why: 'time' });
    expect(ended.changes.strays).toEqual([{ instance: stray, node: 'n1' }]);
    expect(fullTargets(log.state, 'n1').keep).toEqual(['A.One@n1']);
    expect(ended.events).toMatchObject([{ reason: 'RebuildEnded', severity: 'warning' }]);
    expect(ended.events[0]?.message).toContain('Not heard: n2');
  });

  it('is ended once, and not by a leader that was replaced', () => {
    const log = rebuilding();
    const end = { type: 'end-rebuild', at: 1, why: 'all-heard' } as const;
    const old = log.state.fencingToken;
    log.lead('b');
    expect(log.run({ ...end, fencingToken: old })).toMatchObject({ code: 'STALE_LEASE' });
    expect(log.run({ ...end, fencingToken: log.state.fencingToken })).toMatchObject({
      accepted: true,
    });
    expect(log.run(end)).toMatchObject({ code: 'REBUILD_NOT_OPEN' });
  });
});
