/** The controllers that were learned, on disk: an agent finds them again after a restart. */

import type { Logger } from 'pino';
import { readStateFile, writeStateFile } from './state-file.ts';

const FORMAT = 'controllers-1';

export interface KnownControllers {
  /** Beside those that the operator named. */
  readonly learned: readonly string[];
  /** The one that the agent was connected to last. */
  readonly last: string;
}

export class ControllersFile {
  readonly #path: string;
  readonly #logger: Logger;
  #known: KnownControllers | undefined;

  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
    const content = readStateFile<KnownControllers>(path, FORMAT);
    // The operator has named at least one: damage costs no more than the others.
    if (content.kind === 'damaged') {
      logger.warn({ path, why: content.why }, 'controllers are learned anew');
    }
    this.#known = content.kind === 'value' ? content.value : undefined;
  }

  get known(): KnownControllers | undefined {
    return this.#known;
  }

  /** Nothing is written while it says the same. A disk that refuses is no reason to stop. */
  keep(next: KnownControllers): void {
    if (JSON.stringify(next) === JSON.stringify(this.#known)) return;
    this.#known = next;
    try {
      writeStateFile(this.#path, FORMAT, next);
    } catch (error) {
      this.#logger.error({ err: error }, 'controllers were not saved');
    }
  }
}
