/**
 * The greatest fencing numbers that this agent was ever told, on disk: a registry that is made anew
 * after all controllers lost their disks begins above those of the registries before it.
 */

import type { Logger } from 'pino';
import { readStateFile, writeStateFile } from './state-file.ts';

const FORMAT = 'highest-token-1';

interface Known {
  /** Identity of the registry that the agent is connected to, or was last. */
  readonly registryId?: string;
  /** Of any registry. */
  readonly highest?: number;
  /** Of the registries before this one. */
  readonly before?: number;
}

export class HighestToken {
  readonly #path: string;
  readonly #logger: Logger;
  #known: Known;

  constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
    const content = readStateFile<Known>(path, FORMAT);
    // Other agents were told as well, and the clock is a floor of its own.
    if (content.kind === 'damaged')
      logger.warn({ path, why: content.why }, 'token is learned anew');
    this.#known = content.kind === 'value' ? content.value : {};
  }

  /** What registries before the one that was entered last have given out; `undefined`: none told any. */
  get before(): number | undefined {
    return this.#known.before;
  }

  /** What is told from now on is of this registry. */
  enter(registryId: string | undefined): void {
    const { highest } = this.#known;
    if (registryId === undefined || registryId === this.#known.registryId) return;
    this.#keep({ registryId, ...(highest === undefined ? {} : { highest, before: highest }) });
  }

  /** Written when it is greater than all before: when leaders and primaries change. */
  told(token: number | undefined): void {
    if (token === undefined || token <= (this.#known.highest ?? 0)) return;
    this.#keep({ ...this.#known, highest: token });
  }

  #keep(known: Known): void {
    this.#known = known;
    try {
      writeStateFile(this.#path, FORMAT, known);
    } catch (error) {
      this.#logger.error({ err: error }, 'token was not saved');
    }
  }
}
