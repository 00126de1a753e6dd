/** Appends to logs with many in flight, through losses of power, and remembers what was acknowledged. */

import type { Log } from '../../../replica/core/log.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { machineMs, type Acknowledged } from './member-messages.ts';

const IN_FLIGHT = 64;
const PAYLOAD_BYTES = 512;
const APPENDED_MS_MAX = 30_000;

interface Asked {
  readonly id: string;
  readonly calledMs: number;
}

export class PowerAppends {
  readonly acknowledged: Acknowledged[] = [];
  /** Those without an answer: asked for again after the loss of power, and still there once. */
  readonly #unanswered: Asked[] = [];
  #asked = 0;
  #isOn = false;
  #running: Promise<unknown> = Promise.resolve();
  #lastError: unknown;

  /** Shared among the logs of all members. */
  start(logs: readonly Log[]): void {
    this.#isOn = true;
    const lanes = Array.from({ length: IN_FLIGHT }, (_, lane) =>
      this.#run(logs[lane % logs.length]!),
    );
    this.#running = Promise.all(lanes);
  }

  async more(count: number): Promise<void> {
    const goal = this.acknowledged.length + count;
    await eventually(
      () => this.acknowledged.length >= goal,
      () => `${this.acknowledged.length} of ${goal} appends: ${String(this.#lastError)}`,
      APPENDED_MS_MAX,
    );
  }

  /** Begins no new ones; those under way end with their logs. */
  stop(): void {
    this.#isOn = false;
  }

  async stopped(): Promise<void> {
    this.stop();
    await this.#running;
  }

  async #run(log: Log): Promise<void> {
    while (this.#isOn) {
      const asked = this.#unanswered.pop() ?? this.#next();
      const { id: commandId, calledMs } = asked;
      try {
        const payload = new Uint8Array(PAYLOAD_BYTES).fill(this.#asked);
        const { sequence } = await log.append({ commandId, payload });
        this.acknowledged.push({ id: commandId, sequence, calledMs, heardMs: machineMs() });
      } catch (error) {
        this.#lastError = error;
        this.#unanswered.push(asked);
      }
    }
  }

  #next(): Asked {
    this.#asked += 1;
    return { id: `append-${this.#asked}`, calledMs: machineMs() };
  }
}
