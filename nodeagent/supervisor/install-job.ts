/** Gets the release of an instance onto the disk in the background, and tries again when that fails. */

import type { InstanceTarget } from '../../registry/model.ts';
import type { SupervisorContext } from './context.ts';
import type { InstallView } from './decide/situation.ts';
import { errorProblem } from './problems.ts';

const RETRY_FIRST_MS = 1000;
const RETRY_MAX_MS = 60_000;

export class InstallJob {
  readonly #context: SupervisorContext;
  readonly #onChange: () => void;
  #key = '';
  #view: InstallView = { state: 'needed' };
  #failures = 0;

  constructor(context: SupervisorContext, onChange: () => void) {
    this.#context = context;
    this.#onChange = onChange;
  }

  /** How far the release of this target is; a target without a release has it at once. */
  view(target: InstanceTarget | undefined): InstallView {
    if (target?.content.release === undefined) return { state: 'done' };
    return this.#key === keyOf(target) ? this.#view : { state: 'needed' };
  }

  /** Returns at once; `onChange` tells when there is news. */
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
    let view: InstallView;
    try {
      await this.#context.releases.install(target);
      this.#failures = 0;
      view = { state: 'done' };
    } catch (error) {
      this.#failures += 1;
      const { reason, message, isFinal } = errorProblem(error);
      const waitMs = isFinal
        ? RETRY_MAX_MS
        : Math.min(RETRY_FIRST_MS * 2 ** (this.#failures - 1), RETRY_MAX_MS);
      view = { state: 'failed', reason, message, retryAt: this.#context.clock.now() + waitMs };
      this.#context.logger.warn({ err: error, instance: target.instance }, 'release not installed');
    }
    if (this.#key !== key) return;
    this.#view = view;
    this.#onChange();
  }
}

function keyOf(target: InstanceTarget): string {
  return `${target.revision} ${target.artifact?.digest ?? ''}`;
}
