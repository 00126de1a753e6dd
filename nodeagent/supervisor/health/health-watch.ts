/** Follows one run: when it becomes ready, and how often in a row its monitor has failed since. */

import type { RunIntent } from '../run/run-intent.ts';
import type { Problem } from '../decide/situation.ts';
import type { RunBeats } from './run-beats.ts';
import { addressesOf, probeMonitor, probePort, type ProbeResult } from './probe.ts';

export interface HealthOptions {
  readonly intent: RunIntent;
  /** The service was found ready before, perhaps by an agent that is gone. */
  readonly ready: boolean;
  /** How long the process has lived, in ms; counted from its own start, not from ours. */
  age(): number;
  /** Of a TARS service: what it says about itself. */
  stage?(): RunBeats['stage'];
  onChange(): void;
}

/** Without a monitor and servants, a process that lives this long has started. */
const GRACE_MS = 500;
/** Without a monitor, a servant that does not answer by then is taken for one that is not TCP. */
const PORT_WAIT_MS = 10_000;
const PORT_PROBE_TIMEOUT_MS = 1000;
/** A TARS library that is getting ready says so at once; without a word for this long, there is none. */
const BEAT_WAIT_MS = 5000;
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
  #silentPorts: readonly number[] = [];

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

  /** Ports of servants that did not listen when it became ready. */
  get silentPorts(): readonly number[] {
    return this.#silentPorts;
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
    const stage = this.#options.stage?.() ?? 'never';
    if (stage === 'activating') return 'it says that it is still getting ready';
    const aliveMs = this.#options.age();
    const ports = await this.#probePorts();
    const silent = ports.find(({ result }) => result !== undefined)?.result;
    if (silent !== undefined) return this.#judgeSilentPort(silent, stage);
    if (stage === 'expected') {
      if (aliveMs < BEAT_WAIT_MS) return 'it has not said yet that it is ready';
      const message =
        'It runs, but the TARS library in it does not report to this machine: it is watched through its ports alone.';
      this.#remark = { reason: 'NoBeats', message };
      return undefined;
    }
    const isUnheard = stage === 'never' || stage === 'host';
    const isNew = ports.length === 0 && isUnheard && aliveMs < GRACE_MS;
    return isNew ? 'it has just started' : undefined;
  }

  /** Nobody is waited for who says nothing, nor is a servant for ever that a working library lacks. */
  #judgeSilentPort(silent: string, stage: RunBeats['stage']): ProbeResult {
    const { intent, age } = this.#options;
    const isSlow = stage === 'unnamed' || stage === 'host';
    const halfMs = isSlow ? intent.target.content.startTimeoutMs / 2 : 0;
    if (stage === 'expected' || age() < Math.max(PORT_WAIT_MS, halfMs)) return silent;
    const message = `It runs, but ${silent}. If the servant does not use TCP, give the service a monitor of its own.`;
    this.#remark = { reason: 'PortSilent', message };
    return undefined;
  }

  async #probePorts(): Promise<readonly { port: number; result: ProbeResult }[]> {
    const { intent } = this.#options;
    const ports = [...new Set(intent.endpoints.map(({ port }) => port))];
    const addresses = addressesOf(intent);
    const results = await Promise.all(
      ports.map(async (port) => ({
        port,
        result: await probePort(port, addresses, PORT_PROBE_TIMEOUT_MS),
      })),
    );
    this.#silentPorts = results
      .filter(({ result }) => result !== undefined)
      .map(({ port }) => port);
    return results;
  }
}
