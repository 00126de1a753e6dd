/** Keeps an agent connected to one of its controllers: connects, connects again, and says how it stands. */

import { TarsierError } from '../../errors/tarsier-error.ts';
import {
  protocolVersion,
  type AgentMessage,
  type Hello,
  type Welcome,
} from '../messages/messages.ts';
import { ConnectionAttempt, type AttemptEnd, type TaskMessage } from './attempt.ts';
import { equalJitterMs, fullJitterMs } from './backoff.ts';
import type { ControllerRing } from './controller-ring.ts';
import { defaultLinkTiming, type LinkTiming } from './timing.ts';

export type { TaskMessage } from './attempt.ts';

export interface ConnectionLost {
  /** URL of the controller. */
  readonly controller: string;
  readonly message: string;
  /** Set when the controller said no: it needs a person. It is tried again all the same. */
  readonly refusal?: { readonly code: string; readonly message: string };
  readonly retryInMs: number;
}

export interface ControllerConnectionOptions {
  /** Of each: `http://…`, `https://…`; `/link` is added. Owned by the caller, also while it runs. */
  readonly controllers: ControllerRing;
  readonly token: string;
  /** Certificates to trust beside the system's, in PEM. */
  readonly ca?: string;
  /** Called for each attempt, so that it tells the newest revision. */
  hello(): Omit<Hello, 'type' | 'protocolVersion'>;
  /** The agent is in, at the current controller. It reports in full now; targets follow. */
  onOpen(welcome: Welcome): void;
  onMessage(message: TaskMessage): void;
  /** Called at the end of each connection, and for each attempt that failed. */
  onClose(lost: ConnectionLost): void;
  /** There is room again after `send` returned false. */
  onDrain?(): void;
  readonly timing?: Partial<LinkTiming>;
  /** [0, 1); for tests. */
  readonly random?: () => number;
}

export interface ControllerConnection {
  readonly isOpen: boolean;
  /**
   * False: not taken. Either there is no connection (wait for `onOpen`, then report in full), or
   * too much waits to be sent (wait for `onDrain`). Never throws, never grows without bound.
   */
  send(message: Exclude<AgentMessage, Hello>): boolean;
  /** Ends the connection for good. */
  close(): Promise<void>;
}

/** A connection that lived this long proves that the controller works: back-off starts anew. */
const settledAfterMs = 5_000;

/** Returns at once. `USAGE` for a URL that is none. */
export function connectToController(options: ControllerConnectionOptions): ControllerConnection {
  for (const url of options.controllers.all) linkUrl(url);
  const keeper = new ConnectionKeeper(options);
  keeper.start();
  return keeper;
}

class ConnectionKeeper implements ControllerConnection {
  readonly #options: ControllerConnectionOptions;
  readonly #timing: LinkTiming;
  readonly #random: () => number;
  readonly #closed = Promise.withResolvers<void>();
  #attempt: ConnectionAttempt | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #isClosing = false;
  #failures = 0;
  #refusals = 0;
  #openedAtMs: number | undefined;

  constructor(options: ControllerConnectionOptions) {
    this.#options = options;
    this.#timing = { ...defaultLinkTiming, ...options.timing };
    this.#random = options.random ?? Math.random;
  }

  get isOpen(): boolean {
    return this.#attempt?.isWelcomed ?? false;
  }

  send(message: Exclude<AgentMessage, Hello>): boolean {
    return this.#attempt?.send(message) ?? false;
  }

  close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#retryTimer);
    if (this.#attempt === undefined) this.#closed.resolve();
    else this.#attempt.close();
    return this.#closed.promise;
  }

  start(): void {
    const { controllers, token, ca, hello } = this.#options;
    this.#openedAtMs = undefined;
    this.#attempt = new ConnectionAttempt({
      url: linkUrl(controllers.current),
      token,
      ...(ca === undefined ? {} : { ca }),
      hello: { ...hello(), type: 'hello', protocolVersion },
      timing: this.#timing,
      nowMs: () => performance.now(),
      onWelcome: (welcome) => this.#onWelcome(welcome),
      onMessage: (message) => this.#options.onMessage(message),
      onDrain: () => this.#options.onDrain?.(),
      onEnd: (end) => this.#onEnd(end),
    });
  }

  #onWelcome(welcome: Welcome): void {
    this.#openedAtMs = performance.now();
    this.#refusals = 0;
    this.#options.onOpen(welcome);
  }

  #onEnd(end: AttemptEnd): void {
    this.#attempt = undefined;
    if (this.#isClosing) return this.#closed.resolve();
    const { controllers } = this.#options;
    const controller = controllers.current;
    controllers.turn();
    const retryInMs = this.#nextDelayMs(end);
    this.#retryTimer = setTimeout(() => this.start(), retryInMs);
    const { message, refusal } = end;
    this.#options.onClose({
      controller,
      message,
      retryInMs,
      ...(refusal === undefined ? {} : { refusal }),
    });
  }

  #nextDelayMs(end: AttemptEnd): number {
    const { retryMinMs, retryMaxMs, refusedRetryMinMs, refusedRetryMaxMs } = this.#timing;
    if (end.refusal !== undefined) {
      const range = { minMs: refusedRetryMinMs, maxMs: refusedRetryMaxMs };
      this.#refusals += 1;
      return equalJitterMs(this.#roundsOf(this.#refusals), range, this.#random);
    }
    const livedMs = this.#openedAtMs === undefined ? 0 : performance.now() - this.#openedAtMs;
    if (livedMs >= settledAfterMs) this.#failures = 0;
    this.#failures += 1;
    // Only the first time: a controller that restarts over and over is not asked without a pause.
    if (end.orderly && this.#failures === 1) return 0;
    const range = { minMs: retryMinMs, maxMs: retryMaxMs };
    return fullJitterMs(this.#roundsOf(this.#failures), range, this.#random);
  }

  /** The wait grows once all controllers had their turn. */
  #roundsOf(failures: number): number {
    return Math.floor((failures - 1) / this.#options.controllers.all.length);
  }
}

/** A path before `/link` stays, for proxies. */
function linkUrl(base: string): string {
  if (!URL.canParse(base) || !/^https?:$/.test(new URL(base).protocol)) {
    throw new TarsierError('USAGE', `${base} is not the URL of a controller.`, {
      hint: 'Write it as http://host:port or https://host:port.',
    });
  }
  return `${base.replace(/^http/i, 'ws').replace(/\/+$/, '')}/link`;
}
