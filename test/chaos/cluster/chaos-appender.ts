/** Appends to a log without a pause, and notes what was acknowledged, and when. */

import { randomBytes } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isTarsierError } from '../../../errors/tarsier-error.ts';
import type { AppendResult, Log } from '../../../replica/core/log.ts';
import { machineMs } from './member-messages.ts';

const LANES = 2;
const PAUSE_MS = 25;
const PAYLOAD_BYTES = 200;

export class ChaosAppender {
  readonly #log: Log;
  readonly #output: number;
  #isOn = true;

  /** `member` and a random part name the lanes of this start. */
  constructor(log: Log, member: string, acknowledged: string) {
    this.#log = log;
    this.#output = openSync(acknowledged, 'a');
    const start = `${member}-${randomBytes(4).toString('hex')}`;
    for (let lane = 0; lane < LANES; lane += 1) void this.#run(`${start}-${lane}`);
  }

  set isOn(isOn: boolean) {
    this.#isOn = isOn;
  }

  async #run(lane: string): Promise<void> {
    for (let count = 1; ;) {
      await delay(PAUSE_MS);
      if (!this.#isOn) continue;
      await this.#appendOnce(`${lane}-${count}`);
      count += 1;
    }
  }

  /** Until it is acknowledged, whatever becomes of the engine meanwhile. */
  async #appendOnce(id: string): Promise<void> {
    const payload = new Uint8Array(PAYLOAD_BYTES).fill(id.length);
    const calledMs = machineMs();
    for (;;) {
      const result = await this.#attempt({ commandId: id, payload });
      if (result === undefined) continue;
      // Noted by one call of the kernel: a kill leaves a whole line, or none.
      writeSync(this.#output, `${id} ${result.sequence} ${calledMs} ${machineMs()}\n`);
      return;
    }
  }

  async #attempt(request: {
    readonly commandId: string;
    readonly payload: Uint8Array;
  }): Promise<AppendResult | undefined> {
    try {
      return await this.#log.append(request);
    } catch (error) {
      if (!isTarsierError(error) || error.consequence !== 'transient') throw error;
      return undefined;
    }
  }
}
