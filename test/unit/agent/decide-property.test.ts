/** Drives `decide` through a small model of a machine, in which anything may happen at any time. */

import { fc } from '../../support/seeded-property.ts';
import { expect, test } from 'vitest';
import {
  noAttempts,
  recordStart,
  startsMax,
} from '../../../nodeagent/supervisor/decide/attempts.ts';
import { decide } from '../../../nodeagent/supervisor/decide/decide.ts';
import type {
  Decision,
  InstallView,
  RunView,
  Wanted,
} from '../../../nodeagent/supervisor/decide/situation.ts';

interface Process {
  revision: string;
  isAlive: boolean;
}

/** One instance; processes are counted by the model, and not by what `decide` is told. */
class Machine {
  now = 1_000_000;
  wanted: Wanted | undefined = { state: 'running', revision: 'r1' };
  processes: Process[] = [];
  starts: number[] = [];
  installed = new Set<string>();
  #run: RunView | undefined;
  #install: { revision: string; view: InstallView } = { revision: '', view: { state: 'needed' } };
  #attempts = noAttempts('');
  forgotten = false;

  get alive(): Process[] {
    return this.processes.filter((process) => process.isAlive);
  }

  step(): Decision {
    const revision = this.wanted?.revision ?? '';
    const attempts = this.#attempts.revision === revision ? this.#attempts : noAttempts(revision);
    const decision = decide({
      now: this.now,
      wanted: this.wanted,
      run: this.#run,
      install: this.#install.revision === revision ? this.#install.view : { state: 'needed' },
      attempts,
    });
    switch (decision.action?.type) {
      case 'install':
        this.installed.add(revision);
        this.#install = { revision, view: { state: 'done' } };
        break;
      case 'start':
        this.#attempts = recordStart(attempts, this.now);
        this.#start(revision);
        break;
      case 'ask-stop':
        this.#change({ stopAskedAt: this.now });
        break;
      case 'kill':
        this.#change({ killedAt: this.now });
        this.end();
        break;
      case 'clean-up':
        this.#change({ cleaned: true });
        break;
      case 'forget':
        this.forgotten = true;
        break;
      case undefined:
        break;
    }
    return decision;
  }

  #start(revision: string): void {
    this.starts.push(this.now);
    this.processes.push({ revision, isAlive: true });
    this.#run = {
      runId: String(this.now),
      revision,
      phase: 'alive',
      ready: false,
      readyBy: this.now + 1000,
      stopTimeoutMs: 1000,
      failures: 0,
      failuresMax: 3,
      cleaned: false,
    };
  }

  /** The process ends, for whatever reason. */
  end(): void {
    for (const process of this.processes) process.isAlive = false;
    if (this.#run?.phase === 'alive') this.#change({ phase: 'ended' });
  }

  becomeReady(): void {
    if (this.#run?.phase === 'alive') this.#change({ ready: true, failures: 0 });
  }

  failMonitor(): void {
    if (this.#run?.phase === 'alive') this.#change({ failures: this.#run.failures + 1 });
  }

  goSilent(): void {
    const isReady = this.#run?.phase === 'alive' && this.#run.ready;
    if (isReady) this.#change({ silence: { adapter: 'A', silentMs: 1, kind: 'beat' } });
  }

  #change(change: Partial<RunView>): void {
    if (this.#run !== undefined) this.#run = { ...this.#run, ...change };
  }

  /** Looks until nothing is left to do at this moment. */
  settle(): Decision {
    for (let looks = 0; looks < 50; looks += 1) {
      const decision = this.step();
      if (decision.action === undefined || this.forgotten) return decision;
    }
    throw new Error('it never settles');
  }
}

const wishes: readonly (Wanted | undefined)[] = [
  { state: 'running', revision: 'r1' },
  { state: 'running', revision: 'r2' },
  { state: 'stopped', revision: 'r1' },
];

const happening = fc.oneof(
  fc.record({ kind: fc.constant('want' as const), wish: fc.constantFrom(...wishes) }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 5000 }) }),
  fc.record({
    kind: fc.constantFrom('end' as const, 'ready' as const, 'fail' as const, 'silent' as const),
  }),
  fc.record({ kind: fc.constant('look' as const) }),
);

function happen(
  machine: Machine,
  event: typeof happening extends fc.Arbitrary<infer T> ? T : never,
): void {
  if (event.kind === 'want') machine.wanted = event.wish;
  if (event.kind === 'pass') machine.now += event.ms;
  if (event.kind === 'end') machine.end();
  if (event.kind === 'ready') machine.becomeReady();
  if (event.kind === 'fail') machine.failMonitor();
  if (event.kind === 'silent') machine.goSilent();
}

test('there is never a second process, and none is started without its release', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), (events) => {
      const machine = new Machine();
      for (const event of events) {
        happen(machine, event);
        machine.step();
        expect(machine.alive.length).toBeLessThanOrEqual(1);
        for (const process of machine.processes)
          expect(machine.installed).toContain(process.revision);
      }
    }),
  );
});

test('once the world is quiet, the instance comes to its target and stays', () => {
  fc.assert(
    fc.property(
      fc.array(happening, { maxLength: 60 }),
      fc.constantFrom(...wishes),
      (events, wish) => {
        const machine = new Machine();
        for (const event of events) {
          happen(machine, event);
          machine.step();
        }
        machine.wanted = wish;
        let decision = machine.settle();
        for (let waits = 0; waits < 20 && decision.phase !== wish?.state; waits += 1) {
          machine.now = Math.max(machine.now + 1, decision.wakeAt ?? 0);
          decision = machine.settle();
          machine.becomeReady();
          decision = machine.settle();
        }
        expect(decision.phase).toBe(wish?.state);
        const runs = machine.alive.map(({ revision }) => revision);
        expect(runs).toEqual(wish?.state === 'running' ? [wish.revision] : []);
        const { starts } = machine;
        machine.now += 100;
        expect(machine.settle().action).toBeUndefined();
        expect(machine.starts).toEqual(starts);
      },
    ),
  );
});

test('a service that always dies is started at most 10 times within a minute, then every 10 minutes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3000 }), (livesMs) => {
      const machine = new Machine();
      for (const end = machine.now + 3_600_000; machine.now < end;) {
        const decision = machine.settle();
        machine.now =
          machine.alive.length > 0 ? machine.now + livesMs : (decision.wakeAt ?? machine.now);
        machine.end();
      }
      for (const at of machine.starts) {
        const within = machine.starts.filter((start) => start >= at && start < at + 60_000);
        expect(within.length).toBeLessThanOrEqual(startsMax);
      }
      const pauses = machine.starts
        .slice(startsMax)
        .map((at, index) => at - machine.starts[startsMax + index - 1]!);
      expect(pauses.length).toBeGreaterThan(0);
      for (const pause of pauses) expect(pause).toBeGreaterThanOrEqual(600_000);
    }),
  );
});

test('a service that lived for a quarter of an hour is forgiven', () => {
  const attempts = Array.from({ length: startsMax }, (_, index) => index * 1000).reduce(
    (before, at) => recordStart(before, at),
    noAttempts('r1'),
  );
  expect(attempts.paused).toBe(true);
  expect(recordStart(attempts, 9000 + 600_000).paused).toBe(true);
  expect(recordStart(attempts, 9000 + 900_000).paused).toBe(false);
});
