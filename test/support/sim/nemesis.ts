/** Breaks things at random, and heals all of them in the end. */

import { after } from './clients.ts';
import type { Draw } from './draw.ts';
import type { FaultKind } from './profile.ts';
import type { SimMember } from './sim-member.ts';
import type { World } from './world.ts';

const QUIET_DELAY_US = 3_000;

export class Nemesis<State, Command, Result> {
  /** How often each fault happened. */
  readonly counts = new Map<FaultKind, number>();
  readonly #world: World<State, Command, Result>;
  readonly #members: readonly SimMember<State, Command, Result>[];
  readonly #draw: Draw;
  #isOver = false;

  constructor(
    world: World<State, Command, Result>,
    members: readonly SimMember<State, Command, Result>[],
  ) {
    this.#world = world;
    this.#members = members;
    this.#draw = world.draw.fork();
  }

  async run(untilUs: number): Promise<void> {
    const { loop, profile } = this.#world;
    while (loop.nowUs < untilUs && profile.faults.length > 0) {
      await after(loop, this.#draw.between(10_000, profile.calmMsMax * 1_000));
      if (loop.nowUs < untilUs) this.#strike(this.#draw.pick(profile.faults));
    }
    if (loop.nowUs < untilUs) await after(loop, untilUs - loop.nowUs);
    this.#heal();
  }

  #strike(kind: FaultKind): void {
    const { loop, network, engine, store } = this.#world;
    const member = this.#draw.pick(this.#members);
    const { state } = network;
    loop.note(`fault ${kind} ${member.name}`);
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    switch (kind) {
      case 'crash':
        return member.crash(this.#draw.skewed(20_000, 1_500_000));
      case 'pause':
        return this.#forAWhile(
          3_000,
          () => member.pause(),
          () => member.resume(),
        );
      case 'cut off':
        return this.#forAWhile(
          2_500,
          () => state.cutOff.add(member.name),
          () => state.cutOff.delete(member.name),
        );
      case 'lose the leader':
        return this.#forAWhile(
          1_500,
          () => engine.loseLeader(),
          () => engine.electLeader(),
        );
      case 'slow network':
        return this.#forAWhile(
          2_000,
          () => (state.delayUsMax = 130_000),
          () => (state.delayUsMax = QUIET_DELAY_US),
        );
      case 'lossy network':
        return this.#forAWhile(
          2_000,
          () => (state.lossChance = 0.25),
          () => (state.lossChance = 0),
        );
      case 'stale reads':
        return this.#forAWhile(
          2_000,
          () => (engine.staleEntriesMax = 5),
          () => (engine.staleEntriesMax = 0),
        );
      case 'step the wall clock':
        member.clock.wallStepMs = this.#draw.between(-900_000, 900_000);
        return undefined;
      case 'fill the disk':
        return this.#forAWhile(
          1_500,
          () => (store.isFull = true),
          () => (store.isFull = false),
        );
      case 'damage a snapshot':
        return store.damageNewest();
    }
  }

  #forAWhile(msMax: number, start: () => unknown, stop: () => unknown): void {
    start();
    this.#world.loop.after(this.#draw.skewed(20_000, msMax * 1_000), () => {
      if (!this.#isOver) stop();
    });
  }

  #heal(): void {
    const { loop, network, engine, store } = this.#world;
    this.#isOver = true;
    loop.note('heal');
    network.state.cutOff.clear();
    network.state.delayUsMax = QUIET_DELAY_US;
    network.state.lossChance = 0;
    engine.staleEntriesMax = 0;
    engine.electLeader();
    store.isFull = false;
    for (const member of this.#members) member.resume();
  }
}
