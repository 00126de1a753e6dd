/** Gets everything for a start onto the disk in the background, and tries again when that fails. */

import type { InstanceTarget } from '../../registry/model.ts';
import type { SupervisorContext } from './context.ts';
import type { InstallView, Problem } from './decide/situation.ts';
import { instanceFolders } from './instance-folders.ts';
import { checkStart } from './prepare/check-start.ts';
import { errorProblem } from './problems.ts';

const RETRY_FIRST_MS = 1000;
const RETRY_MAX_MS = 60_000;

export interface InstallJobOptions {
  readonly context: SupervisorContext;
  /** There is news. */
  onChange(): void;
  /** This revision cannot be started, whatever is tried. */
  onBlocked(target: InstanceTarget, problem: Problem): void;
}

export class InstallJob {
  readonly #options: InstallJobOptions;
  #key = '';
  #view: InstallView = { state: 'needed' };
  #failures = 0;

  constructor(options: InstallJobOptions) {
    this.#options = options;
  }

  view(target: InstanceTarget | undefined): InstallView {
    if (target === undefined || this.#key !== keyOf(target)) return { state: 'needed' };
    return this.#view;
  }

  /** Returns at once. */
  start(target: InstanceTarget): void {
    const key = keyOf(target);
    if (key !== this.#key) this.#failures = 0;
    this.#key = key;
    this.#view = { state: 'working' };
    void this.#install(target, key);
  }

  /** The release has to be looked at again before the next start. */
  recheck(): void {
    if (this.#view.state === 'done') this.#view = { state: 'needed' };
  }

  async #install(target: InstanceTarget, key: string): Promise<void> {
    const { context, onChange, onBlocked } = this.#options;
    let view: InstallView;
    try {
      const folder = await this.#bring(target);
      // Now, and not when the revision before it has been stopped already.
      await checkStart(target, folder, context);
      this.#failures = 0;
      view = { state: 'done' };
    } catch (error) {
      const { isFinal, ...problem } = errorProblem(error);
      if (isFinal) onBlocked(target, problem);
      this.#failures += 1;
      const waitMs = Math.min(RETRY_FIRST_MS * 2 ** (this.#failures - 1), RETRY_MAX_MS);
      view = { state: 'failed', ...problem, retryAt: context.clock.now() + waitMs };
      context.logger.warn({ err: error, instance: target.instance }, 'not ready to start');
    }
    if (this.#key !== key) return;
    this.#view = view;
    onChange();
  }

  async #bring(target: InstanceTarget): Promise<string> {
    const { context } = this.#options;
    const { data } = instanceFolders(context.dataDir, target.service);
    if (target.content.release === undefined) return data;
    return (await context.releases.install(target)).folder;
  }
}

function keyOf(target: InstanceTarget): string {
  return `${target.revision} ${target.artifact?.digest ?? ''}`;
}
