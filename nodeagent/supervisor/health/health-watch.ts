/** Follows one run: when it becomes ready, and how often in a row its monitor has failed since. */

import type { RunIntent } from '../run/run-intent.ts';
import type { Problem } from '../decide/situation.ts';
import { addressesOf, probeMonitor, probePort, type ProbeResult } from './probe.ts';

export interface HealthOptions {
  readonly intent: RunIntent;
  /** The service was found ready before, perhaps by an agent that is gone. */
  readonly ready: boolean;
  /** How long the process has lived, in ms; counted from its own start, not from ours. */
  age(): number;
  onChange(): void;
}

/** Without a monitor and servants, a process that lives this long has started. */
const GRACE_MS = 500;
/** Without a monitor, a servant that does not answer by then is taken for one that is not TCP. */
const PORT_WAIT_MS = 10_000;
const PORT_PROBE_TIMEOUT_MS = 1000;
/** Before the first success it is asked more often than later. */
const STARTING_EVERY_MS = 100;

export class HealthWatch {
  readonly #options: HealthOptions;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #ready: boolean;
  #failures = 0;
  #detail: string | undefined;
  #remark: Problem | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#ready = options.ready;
    if (this.#ready && options.intent.monitor === undefined) return;
    void this.#look();
  }

  get ready(): boolean {
    return this.#ready;
  }

  get failures(): number {
    return this.#failures;
  }

  get failureDetail(): string | undefined {
    return this.#detail;
  }

  get remark(): Problem | undefined {
    return this.#remark;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const { intent } = this.#options;
    const result =
      intent.monitor === undefined
        ? await this.#probeWithoutMonitor()
        : await probeMonitor(intent.monitor, intent);
    if (this.#stopped) return;
    this.#take(result);
    const settled = this.#ready && intent.monitor === undefined;
    if (settled) return;
    const everyMs = intent.monitor?.everyMs ?? STARTING_EVERY_MS;
    const wait = this.#ready ? everyMs : Math.min(everyMs, STARTING_EVERY_MS);
    this.#timer = setTimeout(() => void this.#look(), wait);
  }

  #take(result: ProbeResult): void {
    const before = { ready: this.#ready, failures: this.#failures };
    this.#detail = result;
    if (result === undefined) {
      this.#ready = true;
      this.#failures = 0;
    } else if (this.#ready) this.#failures += 1;
    const changed = before.ready !== this.#ready || before.failures !== this.#failures;
    if (changed) this.#options.onChange();
  }

  async #probeWithoutMonitor(): Promise<ProbeResult> {
    const { intent } = this.#options;
    const aliveMs = this.#options.age();
    if (intent.endpoints.length === 0) {
      return aliveMs >= GRACE_MS ? undefined : 'it has just started';
    }
    const results = await Promise.all(
      intent.endpoints.map(({ port }) =>
        probePort(port, addressesOf(intent), PORT_PROBE_TIMEOUT_MS),
      ),
    );
    const silent = results.find((result) => result !== undefined);
    if (silent === undefined || aliveMs < PORT_WAIT_MS) return silent;
    const message = `It runs, but ${silent}. If the servant does not use TCP, give the service a monitor of its own.`;
    this.#remark = { reason: 'PortSilent', message };
    return undefined;
  }
}
