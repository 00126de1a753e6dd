/** Tells a running service which of its configuration files changed, in place of a restart. */

import { setTimeout as delay } from 'node:timers/promises';
import type { InstanceTarget } from '../../../registry/model.ts';
import type { RunAdmin } from '../admin/run-admin.ts';
import type { SupervisorContext } from '../context.ts';
import type { RunFolder } from '../run/run-folder.ts';
import { changedFiles } from './changed-files.ts';
import { refusesLoad } from './refuses-load.ts';

/** Waits between the tries for one file. */
const RETRY_DELAYS_MS: readonly number[] = [250, 1000];
/** After an error of our own, such as a full disk. */
const TRY_AGAIN_MS = 1000;

export interface ServedPushOptions {
  readonly run: RunFolder;
  readonly admin: RunAdmin;
  readonly context: Pick<SupervisorContext, 'logger'>;
  onChange(): void;
}

export class ServedPush {
  readonly #options: ServedPushOptions;
  #isBusy = false;
  #isClosed = false;

  constructor(options: ServedPushOptions) {
    this.#options = options;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Returns at once. The intent says what is still to be told, so that another agent goes on with it. */
  start(target: InstanceTarget): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    void this.#push(target)
      .catch(async (error: unknown) => {
        this.#options.context.logger.warn({ err: error, instance: target.instance }, 'push failed');
        await delay(TRY_AGAIN_MS, undefined, { ref: false });
      })
      .finally(() => {
        this.#isBusy = false;
        if (!this.#isClosed) this.#options.onChange();
      });
  }

  close(): void {
    this.#isClosed = true;
  }

  async #push(target: InstanceTarget): Promise<void> {
    const { run } = this.#options;
    const { target: before, push } = run.intent;
    const changed = changedFiles(before.content.served, target.content.served);
    const names = [...new Set([...(push?.names ?? []), ...changed])];
    const fromRevision = push?.fromRevision ?? before.revision;
    run.rewriteIntent({ ...run.intent, target, push: { names, fromRevision } });
    const notTold: string[] = [];
    for (const name of names) {
      if (!(await this.#tell(name))) notTold.push(name);
      if (this.#isClosed) return;
    }
    const { push: _, ...told } = run.intent;
    run.rewriteIntent({ ...told, notTold });
  }

  async #tell(name: string): Promise<boolean> {
    const { run, admin, context } = this.#options;
    const { tars, target } = run.intent;
    if (tars?.hasAdmin !== true) return false;
    const { instance } = target;
    for (let attempt = 0; !this.#isClosed; attempt += 1) {
      try {
        const answer = await admin.notify(`tars.loadconfig ${name}`);
        if (refusesLoad(answer)) {
          context.logger.warn({ instance, file: name, answer }, 'configuration file not loaded');
          return false;
        }
        context.logger.info({ instance, file: name, answer }, 'configuration file pushed');
        return true;
      } catch (error) {
        const waitMs = RETRY_DELAYS_MS[attempt];
        if (waitMs === undefined) {
          context.logger.warn(
            { err: error, instance, file: name },
            'configuration file not pushed',
          );
          return false;
        }
        await delay(waitMs, undefined, { ref: false });
      }
    }
    return false;
  }
}
