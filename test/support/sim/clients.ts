/** Clients outside of the members: they send commands, give up, and try again elsewhere. */

import { isTarsierError } from '../../../errors/tarsier-error.ts';
import type { Draw } from './draw.ts';
import type { EventLoop } from './event-loop.ts';
import type { Proposal, SimMember } from './sim-member.ts';
import type { World } from './world.ts';

const PATIENCE_US = 700_000;
const ATTEMPTS = 4;

export function after(loop: EventLoop, delayUs: number): Promise<'late'> {
  return new Promise((resolve) => loop.after(delayUs, () => resolve('late')));
}

export class Client<State, Command, Result> {
  readonly #world: World<State, Command, Result>;
  readonly #members: readonly SimMember<State, Command, Result>[];
  readonly #name: string;
  readonly #draw: Draw;
  #calls = 0;

  constructor(
    world: World<State, Command, Result>,
    members: readonly SimMember<State, Command, Result>[],
    name: string,
  ) {
    this.#world = world;
    this.#members = members;
    this.#name = name;
    this.#draw = world.draw.fork();
  }

  async run(untilUs: number): Promise<void> {
    const { loop, profile } = this.#world;
    while (loop.nowUs < untilUs) {
      await after(loop, this.#draw.skewed(1_000, profile.thinkMsMax * 1_000));
      const kind = this.#draw.between(1, 100);
      if (kind <= 60) await this.#write();
      else if (kind <= 75) await this.#compareAndSet();
      else if (kind <= 95 || !profile.asksForSnapshots) await this.#patiently(this.#pick().read());
      else await this.#patiently(this.#pick().snapshot());
    }
  }

  #pick(): SimMember<State, Command, Result> {
    return this.#draw.pick(this.#members);
  }

  /** The same command under the same id until somebody acknowledges it, or the client gives up. */
  async #write(): Promise<void> {
    const first = this.#proposal(this.#pick());
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      if ((await this.#patiently(this.#pick().propose(first))) === 'done') return;
    }
  }

  async #compareAndSet(): Promise<void> {
    const member = this.#pick();
    const expectedSequence = member.replica?.sequence;
    if (expectedSequence === undefined) return;
    const proposal = { ...this.#proposal(member), expectedSequence };
    // Two at once under different ids: at most one of them can be the next entry.
    const rival = { ...this.#proposal(member), expectedSequence };
    await Promise.all([
      this.#patiently(member.propose(proposal)),
      this.#patiently(this.#pick().propose(rival)),
    ]);
  }

  #proposal(member: SimMember<State, Command, Result>): Proposal<Command> {
    this.#calls += 1;
    const commandId = `${this.#name}-${this.#calls}`;
    const work = this.#world.domain.draw(this.#draw, {
      id: commandId,
      token: member.lastToken,
      wallMs: member.clock.wallMs(),
    });
    return { commandId, command: { kind: 'work', work } };
  }

  async #patiently(call: Promise<unknown>): Promise<'done' | 'failed' | 'late'> {
    const outcome = call.then(
      () => 'done' as const,
      (error: unknown) =>
        isTarsierError(error) && error.code === 'COMMAND_RESULT_FORGOTTEN' ? 'done' : 'failed',
    );
    return Promise.race([outcome, after(this.#world.loop, PATIENCE_US)]);
  }
}
