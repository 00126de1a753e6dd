/** Carries a planned round out, waits until everything is healed, and says how it went. */

import { eventually } from '../../support/agent/eventually.ts';
import { engineLeaderOf, leaderOf, settled, type ChaosCluster } from './chaos-cluster.ts';
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
  { members }: ChaosCluster,
  round: Round,
  scene: FaultScene,
  hurt: Set<ChaosMember>,
): Promise<RanRound> {
  const victims =
    round.kind === 'most'
      ? round.members.map((at) => members[at]!)
      : [await find(members, round.victim)];
  for (const victim of victims) hurt.add(victim);
  const fromMs = machineMs();
  const acts = victims.flatMap((victim) =>
    round.faults.map(({ fault, lastsMs }) => fault.run(victim, lastsMs, scene)),
  );
  await Promise.all(acts);
  const healedMs = machineMs();
  await Promise.all(victims.map((victim) => victim.ready()));
  await writeAgain(members, healedMs);
  await settled(members, SETTLED_MS_MAX);
  const settledMs = machineMs();
  const spared = members.filter((member) => !hurt.has(member));
  hurt.clear();
  const gapMs = spared.length === 0 ? undefined : longestGapMs(spared, fromMs, settledMs);
  const what = round.faults.map(({ fault, lastsMs }) => `${fault.name} (${seconds(lastsMs)})`);
  const names = victims.map(({ name }) => name).join(', ');
  const gap = gapMs === undefined ? '' : `, longest gap ${seconds(gapMs)}`;
  const text = `${names}: ${what.join(' and ')}; settled ${seconds(settledMs - healedMs)} after${gap}`;
  return { text, gapMs };
}

/** Each has an append acknowledged that it asked for after all was healed. */
async function writeAgain(members: readonly ChaosMember[], healedMs: number): Promise<void> {
  const lags = () =>
    members.filter(({ acknowledged }) => !((acknowledged.all.at(-1)?.calledMs ?? 0) > healedMs));
  await eventually(
    () => lags().length === 0,
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
