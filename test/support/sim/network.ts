/** Carries calls of members to the engine and to the blobs: late, or not at all. */

import { TarsierError } from '../../../errors/tarsier-error.ts';
import type { Draw } from './draw.ts';
import type { EventLoop } from './event-loop.ts';
import type { SimProcess } from './sim-process.ts';

/** What the faults of a simulation change. */
export interface NetworkState {
  /** The machines that reach nothing. */
  readonly cutOff: Set<string>;
  delayUsMax: number;
  /** How often a request, or its answer, is lost or very late. */
  lossChance: number;
}

export type Reply<Value> = (value: Value) => void;

const TIMEOUT_MS = 120;
/** How late a request may arrive whose sender gave it up long ago. */
const GHOST_US_MAX = 400_000;

export class Network {
  readonly state: NetworkState = { cutOff: new Set(), delayUsMax: 3_000, lossChance: 0 };
  readonly #loop: EventLoop;
  readonly #draw: Draw;
  /** Requests of one process arrive in the order in which it sent them, unless one is lost. */
  readonly #lastArrivalUs = new WeakMap<SimProcess, number>();

  constructor(loop: EventLoop, draw: Draw) {
    this.#loop = loop;
    this.#draw = draw;
  }

  delayUs(): number {
    return this.#draw.skewed(100, this.state.delayUsMax);
  }

  /** `serve` runs on the other side; what it replies with, or a `TarsierError`, is the answer. */
  call<Value>(
    from: SimProcess,
    machine: string,
    serve: (reply: Reply<Value | TarsierError>) => void,
  ): Promise<Value> {
    return new Promise((resolve, reject) => {
      const cancelTimeout = from.alarm(TIMEOUT_MS, () => reject(noAnswer()));
      const isLost = this.#draw.chance(this.state.lossChance);
      const fate = isLost ? this.#draw.pick(['request', 'answer', 'answer', 'ghost']) : 'none';
      const answer = (value: Value | TarsierError): void => {
        if (fate !== 'none' || this.state.cutOff.has(machine)) return;
        from.deliver(() => {
          cancelTimeout();
          if (value instanceof TarsierError) reject(value);
          else resolve(value);
        });
      };
      const arrive = (): void => {
        if (fate === 'request' || this.state.cutOff.has(machine)) return;
        serve((value) => this.#loop.after(this.delayUs(), () => answer(value)));
      };
      this.#loop.after(this.#travelUs(from, fate === 'ghost'), arrive);
    });
  }

  #travelUs(from: SimProcess, isGhost: boolean): number {
    if (isGhost) return TIMEOUT_MS * 1_000 + this.#draw.between(0, GHOST_US_MAX);
    const arrivalUs = this.#loop.nowUs + this.delayUs();
    const inOrderUs = Math.max(arrivalUs, this.#lastArrivalUs.get(from) ?? 0);
    this.#lastArrivalUs.set(from, inOrderUs);
    return inOrderUs - this.#loop.nowUs;
  }
}

function noAnswer(): TarsierError {
  return new TarsierError('LOG_IO_FAILED', 'no answer in time; the entry may be in the log or not');
}
