/** Ends a rebuild when every node in Git was heard, or when the time to wait is over. */

import type { Logger } from 'pino';
import type { RegistryCommand } from '../../registry/commands.ts';
import type { EndOfRebuild, RegistryState, TimeMs } from '../../registry/model.ts';
import { isRebuilding, unheardNodes } from '../../registry/rebuild.ts';
import type { RegistryResult } from '../../registry/result.ts';
import type { Replica } from '../../replica/core/replica.ts';

export interface RebuildWatchOptions {
  readonly replica: Pick<
    Replica<RegistryState, RegistryCommand, RegistryResult>,
    'state' | 'propose' | 'subscribe'
  >;
  /** `undefined` while another controller leads: that one ends it. */
  fencingToken(): number | undefined;
  readonly now: () => TimeMs;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
}

/** Also the delay before a failed attempt is repeated. */
const LOOK_MS_MAX = 1_000;

export class RebuildWatch {
  readonly #options: RebuildWatchOptions;
  readonly #unsubscribe: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isEnding = false;
  #isClosed = false;

  constructor(options: RebuildWatchOptions) {
    this.#options = options;
    this.#unsubscribe = options.replica.subscribe(() => {
      // Once it has ended there is nothing to look for in this registry any more.
      if (isRebuilding(options.replica.state)) this.#lookWithin(0);
    });
    this.look();
  }

  /** Call it when this controller begins to lead. */
  look(): void {
    const { replica, now } = this.#options;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isClosed || this.#isEnding || !isRebuilding(replica.state)) return;
    const why = whyEnded(replica.state, now());
    if (why === undefined) this.#lookWithin(LOOK_MS_MAX);
    else void this.#end(why);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#unsubscribe();
  }

  #lookWithin(delayMs: number): void {
    if (this.#isClosed || (this.#timer !== undefined && delayMs > 0)) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.look(), delayMs);
  }

  async #end(why: EndOfRebuild): Promise<void> {
    const { replica, now, logger, fencingToken: token } = this.#options;
    const fencingToken = token();
    this.#isEnding = true;
    try {
      if (fencingToken !== undefined) {
        const { result } = await replica.propose({
          type: 'end-rebuild',
          at: now(),
          fencingToken,
          why,
        });
        const [event] = result.accepted ? result.events : [];
        if (event !== undefined) logger.warn({ why, found: event.message }, 'rebuild ended');
      }
    } catch (error) {
      logger.error({ err: error }, 'end of the rebuild was not written');
    }
    this.#isEnding = false;
    if (isRebuilding(replica.state)) this.#lookWithin(LOOK_MS_MAX);
  }
}

/** `undefined` while agents are waited for. */
function whyEnded(state: RegistryState, now: TimeMs): EndOfRebuild | undefined {
  const { rebuild } = state;
  // Before the first commit nobody can be let in, and nothing is known to be asked for.
  if (rebuild?.since === undefined) return undefined;
  if (unheardNodes(state).length === 0) return 'all-heard';
  return now >= rebuild.since + rebuild.waitMs ? 'time' : undefined;
}
