/**
 * The greatest fencing number that this agent was ever told, on disk: a registry that is made anew
 * after all controllers lost their disks begins above it.
 */

import type { Logger } from 'pino';
import { readStateFile, writeStateFile } from './state-file.ts';

const FORMAT = 'highest-token-1';

export class HighestToken {
  readonly #path: string;
  readonly #logger: Logger;
  #value: number | undefined;

  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
    const content = readStateFile<number>(path, FORMAT);
    // Other agents were told as well, and the clock is a floor of its own.
    if (content.kind === 'damaged')
      logger.warn({ path, why: content.why }, 'token is learned anew');
    this.#value = content.kind === 'value' ? content.value : undefined;
  }

  /** `undefined`: none was told yet. */
  get value(): number | undefined {
    return this.#value;
  }

  /** Written when it is greater than all before: when leaders and primaries change. */
  told(token: number | undefined): void {
    if (token === undefined || token <= (this.#value ?? 0)) return;
    this.#value = token;
    try {
      writeStateFile(this.#path, FORMAT, token);
    } catch (error) {
      this.#logger.error({ err: error }, 'token was not saved');
    }
  }
}
