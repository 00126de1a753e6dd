/** The heartbeat of a Tars.js service: from its own event loop, so that a loop that hangs is silent. */

import { connect } from 'node:net';
import type { FrameworkCalls } from './framework-calls.ts';
import type { HostEndpoint, HostSettings } from './host-settings.ts';

const EVERY_MS = 10_000;
const STARTING_EVERY_MS = 200;
const PROBE_TIMEOUT_MS = 1000;

export class Beats {
  readonly #settings: HostSettings;
  readonly #calls: FrameworkCalls;
  #timer: NodeJS.Timeout | undefined;
  #isReady = false;
  #isStopped = false;

  constructor(settings: HostSettings, calls: FrameworkCalls) {
    this.#settings = settings;
    this.#calls = calls;
    void calls.reportVersion();
    void this.#beat();
  }

  /** Every adapter accepted a connection once. */
  get isReady(): boolean {
    return this.#isReady;
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #beat(): Promise<void> {
    if (!this.#isReady) {
      const answers = await Promise.all(this.#settings.adapters.map((one) => accepts(one)));
      this.#isReady = answers.every(Boolean);
    }
    await this.#calls.beat(this.#isReady);
    if (this.#isStopped) return;
    const waitMs = this.#isReady ? EVERY_MS : STARTING_EVERY_MS;
    this.#timer = setTimeout(() => void this.#beat(), waitMs).unref();
  }
}

function accepts(endpoint: HostEndpoint): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...endpoint, timeout: PROBE_TIMEOUT_MS });
    const end = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.on('connect', () => end(true));
    socket.on('timeout', () => end(false));
    socket.on('error', () => end(false));
  });
}
