/** Everything that a test does to a member, each fault as a whole: it begins, lasts, and is healed. */

import { setTimeout as delay } from 'node:timers/promises';
import type { ChaosMember } from './chaos-member.ts';
import type { LateEffect } from './member-messages.ts';
import type { ClusterNetwork } from './network.ts';
import { slowDown } from './slow-disk.ts';

/** Two faults at once on one member touch different parts of it. */
export type Part = 'controller' | 'server' | 'network' | 'disk' | 'clock';

export interface FaultScene {
  readonly network: ClusterNetwork;
  /** What members wrote late, as they tell it when they go on. */
  readonly late: Promise<LateEffect | undefined>[];
}

export interface Fault {
  readonly name: string;
  readonly parts: readonly Part[];
  /** How long it may last. */
  readonly msMin: number;
  readonly msMax: number;
  run(member: ChaosMember, lastsMs: number, scene: FaultScene): Promise<void>;
}

const HOUR_MS = 3_600_000;
const LATE_ANSWER_MS = 90_000;

const controllerKilled: Fault = {
  name: 'controller killed',
  parts: ['controller'],
  msMin: 0,
  msMax: 2_000,
  async run(member, lastsMs) {
    await member.kill();
    await delay(lastsMs);
    member.launch();
  },
};

export const controllerStopped: Fault = {
  name: 'stopped gracefully',
  parts: ['controller', 'server'],
  msMin: 0,
  msMax: 1_000,
  async run(member, lastsMs) {
    await member.stop();
    await delay(lastsMs);
    member.launch();
  },
};

export const serverKilled: Fault = {
  name: 'server killed',
  parts: ['server'],
  msMin: 0,
  msMax: 0,
  async run(member) {
    member.signalServer('SIGKILL');
  },
};

const bothKilled: Fault = {
  name: 'both killed',
  parts: ['controller', 'server'],
  msMin: 0,
  msMax: 3_000,
  async run(member, lastsMs) {
    await member.killAll();
    await delay(lastsMs);
    member.launch();
  },
};

/** Past its lease of 3 s. A leader has just decided on something. */
export const controllerPaused: Fault = {
  name: 'controller paused',
  parts: ['controller'],
  msMin: 4_500,
  msMax: 7_000,
  async run(member, lastsMs, { late }) {
    const effect = member.ask('late-effect', 0, LATE_ANSWER_MS);
    // One that does not lead is stopped from outside. Other faults may end it before it answers.
    late.push(effect.catch(() => undefined));
    await delay(100);
    member.signal('SIGSTOP');
    await delay(lastsMs);
    member.signal('SIGCONT');
  },
};

export const serverPaused: Fault = {
  name: 'server paused',
  parts: ['server'],
  msMin: 1_000,
  msMax: 7_000,
  async run(member, lastsMs) {
    member.signalServer('SIGSTOP');
    await delay(lastsMs);
    member.signalServer('SIGCONT');
  },
};

const networkCut: Fault = {
  name: 'network cut',
  parts: ['network'],
  msMin: 1_000,
  msMax: 6_000,
  async run({ at }, lastsMs, { network }) {
    network.plug?.(at, false);
    await delay(lastsMs);
    network.plug?.(at, true);
  },
};

const diskFull: Fault = {
  name: 'disk full',
  parts: ['disk'],
  msMin: 1_000,
  msMax: 4_000,
  async run({ disk }, lastsMs) {
    disk.fill?.();
    await delay(lastsMs);
    disk.free();
  },
};

const diskSlow: Fault = {
  name: 'disk slow',
  parts: ['disk'],
  msMin: 2_000,
  msMax: 4_000,
  async run(member, lastsMs) {
    const { server } = member;
    if (server === undefined) return;
    const end = await slowDown(server.pid);
    await delay(lastsMs);
    await end();
  },
};

function clockStepped(sign: 1 | -1): Fault {
  return {
    name: `clock ${sign === 1 ? 'ahead' : 'behind'} by an hour`,
    parts: ['clock'],
    msMin: 1_000,
    msMax: 3_000,
    async run(member, lastsMs) {
      // Together with other faults there may be nobody who answers.
      await member.ask('step-clock', sign * HOUR_MS).catch(() => undefined);
      await delay(lastsMs);
      await member.ask('step-clock', 0).catch(() => undefined);
    },
  };
}

/** What this machine can do. `has` says what a fault needs. */
export function faultsOf(has: {
  readonly network: boolean;
  readonly disk: boolean;
  readonly strace: boolean;
}): readonly Fault[] {
  return [
    controllerKilled,
    controllerPaused,
    controllerStopped,
    serverKilled,
    serverPaused,
    bothKilled,
    clockStepped(1),
    clockStepped(-1),
    ...(has.network ? [networkCut] : []),
    ...(has.disk ? [diskFull] : []),
    ...(has.strace ? [diskSlow] : []),
  ];
}
