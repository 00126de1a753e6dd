/** Carries a planned round out, waits until everything is healed, and says how it went. */

import { eventually } from '../../support/agent/eventually.ts';
import { engineLeaderOf, leaderOf, mustRun, settled, type ChaosCluster } from './chaos-cluster.ts';
import type { ChaosMember } from './chaos-member.ts';
import type { FaultScene } from './faults.ts';
import { machineMs } from './member-messages.ts';
import type { Round, Victim } from './plan-round.ts';
import { longestGapMs } from './write-gaps.ts';

const SETTLED_MS_MAX = 90_000;

export interface RanRound {
  readonly text: string;
  /** As the members saw it that were not hurt; undefined when there were none. */
  readonly gapMs: number | undefined;
}

/** `hurt` has those that are hurt, while they are. */
export async function runRound(
  cluster: ChaosCluster,
  round: Round,
  scene: FaultScene,
  hurt: Set<ChaosMember>,
): Promise<RanRound> {
  const { members } = cluster;
  const victims =
    round.kind === 'most'
      ? round.members.map((at) => members[at]!)
      : [await find(members, round.victim)];
  for (const victim of victims) hurt.add(victim);
  const faults = round.faults.map(({ fault, lastsMs }) => `${fault.name} (${seconds(lastsMs)})`);
  const what = `${victims.map(({ name }) => name).join(', ')}: ${faults.join(' and ')}`;
  try {
    const fromMs = machineMs();
    const healedMs = await hurtAndHeal(victims, round, scene);
    await writeAgain(members, healedMs);
    await settled(members, SETTLED_MS_MAX);
    const settledMs = machineMs();
    const spared = members.filter((member) => !hurt.has(member));
    hurt.clear();
    const gapMs = spared.length === 0 ? undefined : longestGapMs(spared, fromMs, settledMs);
    const gap = gapMs === undefined ? '' : `, longest gap ${seconds(gapMs)}`;
    return { text: `${what}; settled ${seconds(settledMs - healedMs)} after${gap}`, gapMs };
  } catch (cause) {
    throw new Error(`after ${what}: ${(cause as Error).message}`, { cause });
  }
}

/** Resolves to the moment at which the last fault ended. */
async function hurtAndHeal(
  victims: readonly ChaosMember[],
  { faults }: Round,
  scene: FaultScene,
): Promise<number> {
  await Promise.all(
    victims.flatMap((victim) =>
      faults.map(({ fault, lastsMs }) => fault.run(victim, lastsMs, scene)),
    ),
  );
  const healedMs = machineMs();
  await Promise.all(victims.map(readyAgain));
  return healedMs;
}

/** As a supervisor does: what was started while its disk was full has ended, and is started again. */
async function readyAgain(victim: ChaosMember): Promise<void> {
  if (!victim.runs) victim.launch();
  try {
    await victim.ready();
  } catch (error) {
    if (victim.runs) throw error;
    victim.launch();
    await victim.ready();
  }
}

/** Each has an append acknowledged that it asked for after all was healed. */
async function writeAgain(members: readonly ChaosMember[], healedMs: number): Promise<void> {
  const lags = () =>
    members.filter(({ acknowledged }) => !((acknowledged.all.at(-1)?.calledMs ?? 0) > healedMs));
  await eventually(
    () => {
      mustRun(members);
      return lags().length === 0;
    },
    () =>
      lags()
        .map((one) => `${one.name} does not write\n${one.lastWords()}`)
        .join('\n'),
    SETTLED_MS_MAX,
  );
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

async function find(members: readonly ChaosMember[], victim: Victim): Promise<ChaosMember> {
  if (victim.kind === 'engine-leader') return engineLeaderOf(members);
  return victim.kind === 'leader' ? leaderOf(members) : members[victim.at]!;
}
