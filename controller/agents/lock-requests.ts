/** Asks the registry for the lock of a primary, and no more often than it can write: whoever asks without end fills no log. */

import type { Logger } from 'pino';
import type { RegistryCommand } from '../../registry/commands.ts';
import type { RegistryState } from '../../registry/model.ts';
import type { RegistryResult } from '../../registry/result.ts';
import type { Replica } from '../../replica/core/replica.ts';
import { LogThrottle } from '../../tars/rpc/log-throttle.ts';

export interface LockRequest {
  readonly service: string;
  readonly node: string;
  readonly holderIsMaster: boolean;
  readonly timeoutMs: number;
}

interface LockRequestsOptions {
  readonly replica: Pick<
    Replica<RegistryState, RegistryCommand, RegistryResult>,
    'state' | 'propose'
  >;
  readonly log: Pick<Logger, 'error'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** As `getLocker` answers, and the fencing number of who holds the lock. */
export interface LockReply {
  readonly ret: number;
  readonly epoch?: number;
}

const SENSELESS = 2;
const UNKNOWN = -1;
const LINES_PER_SECOND_MAX = 1;

export class LockRequests {
  readonly #options: LockRequestsOptions;
  /** By instance and role: who asks again before the answer is there shares it. */
  readonly #asked = new Map<string, Promise<LockReply>>();
  readonly #throttle = new LogThrottle(LINES_PER_SECOND_MAX);

  constructor(options: LockRequestsOptions) {
    this.#options = options;
  }

  /** The answer of `getLocker` (tars-contract §2.2). Never rejects. */
  ask(request: LockRequest): Promise<LockReply> {
    const { targets, observed } = this.#options.replica.state;
    const instance = `${request.service}@${request.node}`;
    if (!targets.has(instance) && !observed.has(instance)) {
      return Promise.resolve({ ret: SENSELESS });
    }
    const key = `${request.holderIsMaster} ${instance}`;
    const asked = this.#asked.get(key);
    if (asked !== undefined) return asked;
    const answer = this.#propose(request).finally(() => this.#asked.delete(key));
    this.#asked.set(key, answer);
    return answer;
  }

  async #propose(lock: LockRequest): Promise<LockReply> {
    const { replica, log, now } = this.#options;
    try {
      const { result } = await replica.propose({ type: 'take-lock', at: now(), ...lock });
      const answer = result.accepted ? result.lock : undefined;
      if (answer === undefined) return { ret: UNKNOWN };
      const { code: ret } = answer;
      return answer.code === 2 ? { ret } : { ret, epoch: answer.epoch };
    } catch (error) {
      const { node, service } = lock;
      const suppressed = this.#throttle.admit(performance.now());
      if (suppressed !== undefined) {
        log.error({ node, service, suppressed, err: error }, 'lock was not written');
      }
      return { ret: UNKNOWN };
    }
  }
}
