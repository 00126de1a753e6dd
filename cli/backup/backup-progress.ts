/** How far a backup or restore has come, as a push shows it. */

import type { CliContext } from '../context.ts';
import { showProgress } from '../patch/push-progress.ts';

/** What is over sooner needs no word. */
const QUIET_MS = 500;

export class BackupProgress {
  readonly #startedAt = performance.now();
  readonly #view: ReturnType<typeof showProgress>;
  #sentBytes = 0;
  #totalBytes = 0;

  /** `doing`: such as `backing up`. */
  constructor(context: CliContext, doing: string) {
    this.#view = showProgress(context, 'everything', doing);
  }

  start(totalBytes: number): void {
    this.#totalBytes = totalBytes;
  }

  readonly add = (sizeBytes: number): void => {
    this.#sentBytes += sizeBytes;
    if (performance.now() - this.#startedAt < QUIET_MS) return;
    const progress = { sentBytes: this.#sentBytes, totalBytes: this.#totalBytes };
    this.#view.update({ phase: 'sending', ...progress });
  };

  stop(): void {
    this.#view.stop();
  }
}
