/** One seed: a service of several members lives through faults, and must be well afterwards. */

import { Client } from './clients.ts';
import { counterDomain } from './counter-domain.ts';
import type { Domain } from './domain.ts';
import { Draw } from './draw.ts';
import { EventLoop } from './event-loop.ts';
import { machineWithLeases } from './machine-with-leases.ts';
import { MachineClock } from './machine-clock.ts';
import type { Mutant } from './mutant.ts';
import { Nemesis } from './nemesis.ts';
import { Network } from './network.ts';
import { Oracle } from './oracle.ts';
import { drawProfile } from './profile.ts';
import { recover } from './recover.ts';
import { registryDomain } from './registry-domain.ts';
import { BlobStore } from './sim-blobs.ts';
import { SimEngine } from './sim-engine.ts';
import { SimMember } from './sim-member.ts';
import type { World } from './world.ts';

export interface Outcome {
  readonly seed: number;
  /** `undefined` when nothing went wrong. */
  readonly violation: string | undefined;
  /** Of everything that happened, in order. */
  readonly digest: string;
  readonly counts: Readonly<Record<string, number>>;
}

export interface SimulateOptions {
  readonly mutant?: Mutant;
}

const REGISTRY_PART = 0.12;
/** Never reached by a simulation that ends as it should. */
const END_US = 60_000_000;
const CLOCK_RATES = [0.95, 0.95, 0.98, 1, 1.02, 1.05, 1.05];

export function simulate(seed: number, options: SimulateOptions = {}): Promise<Outcome> {
  const draw = new Draw(seed);
  return draw.chance(REGISTRY_PART)
    ? simulateDomain(registryDomain, { seed, draw, ...options })
    : simulateDomain(counterDomain, { seed, draw, ...options });
}

async function simulateDomain<State, Command, Result>(
  domain: Domain<State, Command, Result>,
  options: SimulateOptions & { readonly seed: number; readonly draw: Draw },
): Promise<Outcome> {
  const world = makeWorld(domain, options);
  const { loop, oracle, profile, draw, mutant } = world;
  const rates = mutant?.clockRates ?? CLOCK_RATES;
  const members = Array.from({ length: profile.members }, (_, index) => {
    const clock = new MachineClock(loop, draw.pick(rates), draw.between(0, 1_000_000));
    return new SimMember(world, `m${index + 1}`, clock);
  });
  const nemesis = new Nemesis(world, members);
  let isOver = false;
  const live = async () => {
    const healUs = profile.healMs * 1_000;
    const clients = Array.from({ length: profile.clients }, (_, index) =>
      new Client(world, members, `c${index + 1}`).run(healUs),
    );
    await Promise.all([nemesis.run(healUs), ...clients]);
    await recover(world, members);
    isOver = true;
  };
  live().catch((error: unknown) => oracle.fail(`the simulation failed: ${String(error)}`));
  const running = loop.run({
    untilUs: END_US,
    done: () => isOver || oracle.violation !== undefined,
    checkStep() {
      for (const { name, replica } of members) {
        if (replica !== undefined) oracle.checkState(name, replica);
      }
    },
    checkInstant() {
      const holders = members.filter((member) => member.believesToLead);
      oracle.checkHolders(holders.map(({ name }) => name));
    },
  });
  await running.catch((error: unknown) => oracle.fail(String(error)));
  if (!isOver) oracle.fail('the simulation did not come to its end');
  const counts = countsOf(world, members, nemesis.counts);
  return { seed: options.seed, violation: oracle.violation, digest: loop.digest(), counts };
}

function makeWorld<State, Command, Result>(
  domain: Domain<State, Command, Result>,
  { draw, mutant }: SimulateOptions & { readonly draw: Draw },
): World<State, Command, Result> {
  const loop = new EventLoop();
  const machine = machineWithLeases(domain.machine);
  const flawed = mutant?.everywhere === true ? mutant.machine?.(machine, 'all') : undefined;
  const profile = drawProfile(draw);
  // Snapshots that somebody asks for come in between.
  const entriesKept = profile.asksForSnapshots ? 1 : 2 * profile.snapshotCommands;
  const oracle = new Oracle(domain, flawed ?? machine, entriesKept);
  const engine = new SimEngine(loop, draw.fork(), {
    watcher: oracle,
    defects: mutant?.engine ?? {},
  });
  const store = new BlobStore((content) => oracle.checkSnapshot(content));
  const network = new Network(loop, draw.fork());
  return { loop, draw, profile, network, engine, store, domain, oracle, mutant, exits: new Map() };
}

function countsOf<State, Command, Result>(
  { loop, engine, oracle, exits, domain, profile }: World<State, Command, Result>,
  members: readonly SimMember<State, Command, Result>[],
  faults: ReadonlyMap<string, number>,
): Record<string, number> {
  return {
    [`${domain.name} with ${profile.members} members`]: 1,
    events: loop.events,
    entries: engine.sequence,
    trimmed: engine.first - 1,
    'leases granted': oracle.leasesGranted,
    'effects refused': oracle.effectsRefused,
    'repeated too late': oracle.repeatsTooLate,
    starts: members.reduce((sum, { starts }) => sum + starts, 0),
    ...Object.fromEntries([...faults].map(([kind, times]) => [`fault: ${kind}`, times])),
    ...Object.fromEntries([...exits].map(([why, times]) => [`exit: ${why}`, times])),
  };
}
