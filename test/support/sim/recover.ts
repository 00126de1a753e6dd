/** After all faults are healed: everybody catches up, somebody leads, and what is asked is done. */

import { after } from './clients.ts';
import type { SimMember } from './sim-member.ts';
import type { World } from './world.ts';

/** Members wait up to five seconds between two reads after many failures. */
const DEADLINE_US = 12_000_000;
const LOOK_US = 50_000;
/** How far a member may be behind when nothing is wrong. */
const LAG_US = 100_000;

type Members<State, Command, Result> = readonly SimMember<State, Command, Result>[];

export async function recover<State, Command, Result>(
  world: World<State, Command, Result>,
  members: Members<State, Command, Result>,
): Promise<void> {
  await haveCaughtUp(world, members);
  await eventually(world, 'nobody leads', () => leader(members) !== undefined);
  for (const member of members) await probe(world, member);
  await handOver(world, members);
}

/** Without being asked for anything: notifications alone must bring them there. */
async function haveCaughtUp<State, Command, Result>(
  world: World<State, Command, Result>,
  members: Members<State, Command, Result>,
): Promise<void> {
  const { engine, loop } = world;
  const deadlineUs = loop.nowUs + DEADLINE_US;
  for (;;) {
    const head = engine.sequence;
    await after(loop, LAG_US);
    const behind = members.filter(({ replica }) => (replica?.sequence ?? -1) < head);
    if (behind.length === 0) return;
    if (loop.nowUs < deadlineUs) continue;
    const where = behind.map(({ name, replica }) => `${name} at ${replica?.sequence ?? 'nothing'}`);
    return world.oracle.fail(`${where.join(', ')} did not catch up with entry ${head}`);
  }
}

async function probe<State, Command, Result>(
  world: World<State, Command, Result>,
  member: SimMember<State, Command, Result>,
): Promise<void> {
  const { domain, draw, loop, oracle } = world;
  const id = `probe-${member.name}`;
  const request = { id, token: member.lastToken, wallMs: member.clock.wallMs() };
  const command = { kind: 'work', work: domain.draw(draw, request) } as const;
  const work = (async () => {
    await member.propose({ commandId: id, command });
    await member.read();
    return 'done';
  })().catch((error: unknown) => String(error));
  const outcome = await Promise.race([work, after(loop, DEADLINE_US)]);
  if (outcome !== 'done') oracle.fail(`${member.name} does not serve after healing: ${outcome}`);
}

/** A planned hand-over: the leader leaves, and another one leads at once. */
async function handOver<State, Command, Result>(
  world: World<State, Command, Result>,
  members: Members<State, Command, Result>,
): Promise<void> {
  await eventually(world, 'nobody leads any more', () => leader(members) !== undefined);
  const old = leader(members);
  old?.leave();
  await eventually(world, 'nobody took over from a leader that left', () => {
    const next = leader(members);
    return next !== undefined && next !== old;
  });
  // One more start, from the newest snapshot and what follows it.
  old?.crash(0);
  await eventually(world, 'the last start did not end', () => old?.replica !== undefined);
  await haveCaughtUp(world, members);
}

function leader<State, Command, Result>(
  members: Members<State, Command, Result>,
): SimMember<State, Command, Result> | undefined {
  return members.find((member) => member.believesToLead);
}

async function eventually<State, Command, Result>(
  { loop, oracle }: World<State, Command, Result>,
  otherwise: string,
  test: () => boolean,
): Promise<void> {
  const deadlineUs = loop.nowUs + DEADLINE_US;
  while (!test()) {
    if (loop.nowUs > deadlineUs) return oracle.fail(otherwise);
    await after(loop, LOOK_US);
  }
}
