/** Speaks with the admin servant of one run, and with that of no other service. */

import { TarsierError } from '../../../errors/tarsier-error.ts';
import { listensOn } from '../../process/port-owner.ts';
import { findTree } from '../../process/tree.ts';
import type { RunFolder } from '../run/run-folder.ts';
import { runMarker } from '../run/run-intent.ts';
import type { TarsCalls } from './tars-calls.ts';

export class RunAdmin {
  readonly #run: RunFolder;
  readonly #calls: TarsCalls;

  constructor(run: RunFolder, calls: TarsCalls) {
    this.#run = run;
    this.#calls = calls;
  }

  /** One-way: resolves when it is on its way. Fails when nobody of the run listens. */
  async shutdown(): Promise<void> {
    await this.#calls.shutdown(await this.#port());
  }

  /** The answer is for people. Fails with `COMMAND_FAILED` or an error of the TARS client. */
  async notify(command: string): Promise<string> {
    return this.#calls.notify(await this.#port(), command);
  }

  /** Another agent of this machine may have chosen the same port, and its service been faster. */
  async #port(): Promise<number> {
    const { tars, runId, target } = this.#run.intent;
    if (tars?.hasAdmin !== true) throw failed(target.instance, 'it has no admin servant');
    const tree = await findTree({
      marker: runMarker(runId),
      shim: this.#run.readFacts().shim,
    });
    const pids = tree.map(({ pid }) => pid);
    if (listensOn(tars.adminPort, pids) === false) {
      throw failed(target.instance, `none of its processes listens on port ${tars.adminPort}`);
    }
    return tars.adminPort;
  }
}

function failed(instance: string, why: string): TarsierError {
  return new TarsierError('COMMAND_FAILED', `Cannot give ${instance} a command: ${why}.`);
}
