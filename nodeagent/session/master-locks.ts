/** Asks the controller which instance of a service is the master. */

import type { TaskMessage } from '../../link/connection/connect.ts';
import type { LinkPart, LinkSend } from './link-part.ts';

export interface MasterLockWish {
  /** `App.Server`. */
  readonly service: string;
  /** The instance believes that it is the master now. */
  readonly isMaster: boolean;
  readonly timeoutMs: number;
}

export interface MasterLocks {
  /**
   * As `getLocker` answers. 0: the instance of this node is the master; 1: another one is; 2: the
   * wish makes no sense; -1: it cannot be told now.
   */
  requestLock(wish: MasterLockWish): Promise<number>;
}

const UNKNOWN = -1;
/** Libraries ask every 1.7 s and take a late answer for the next question's. */
const ANSWER_WITHIN_MS = 1_500;
const WAITING_MAX = 1_000;

interface Waiting {
  readonly timer: NodeJS.Timeout;
  resolve(ret: number): void;
}

export class LinkedMasterLocks implements MasterLocks, LinkPart {
  readonly #node: string;
  readonly #send: LinkSend;
  readonly #onEpoch: (epoch: number | undefined) => void;
  readonly #waiting = new Map<string, Waiting>();
  #count = 0;

  /** `onEpoch`: the fencing number of a lock was told. */
  constructor(node: string, send: LinkSend, onEpoch: (epoch: number | undefined) => void) {
    this.#node = node;
    this.#send = send;
    this.#onEpoch = onEpoch;
  }

  requestLock(wish: MasterLockWish): Promise<number> {
    const requestId = `k${(this.#count += 1)}`;
    const request = { type: 'lock-request' as const, requestId, node: this.#node, ...wish };
    if (this.#waiting.size >= WAITING_MAX || !this.#send(request)) return Promise.resolve(UNKNOWN);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#settle(requestId, UNKNOWN), ANSWER_WITHIN_MS);
      this.#waiting.set(requestId, { timer, resolve });
    });
  }

  onOpen(): void {
    this.onClose();
  }

  onMessage(message: TaskMessage): boolean {
    if (message.type !== 'lock-result') return false;
    // On the disk before the service acts on it.
    this.#onEpoch(message.epoch);
    this.#settle(message.requestId, message.ret);
    return true;
  }

  onDrain(): void {
    // A question that was not taken was answered at once.
  }

  onClose(): void {
    for (const requestId of this.#waiting.keys()) this.#settle(requestId, UNKNOWN);
  }

  #settle(requestId: string, ret: number): void {
    const waiting = this.#waiting.get(requestId);
    if (waiting === undefined) return;
    this.#waiting.delete(requestId);
    clearTimeout(waiting.timer);
    waiting.resolve(ret);
  }
}
