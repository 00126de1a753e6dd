/** The figures that node-agent reports of each process (tars-contract §2.8). */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { FrameworkCalls } from './framework-calls.ts';
import type { HostSettings } from './host-settings.ts';

const PROPERTY_VERSION = 2;
const POLICY = 'Avg';
const MS_PER_NS = 1e-6;

export class UsageReport {
  readonly #settings: HostSettings;
  readonly #calls: FrameworkCalls;
  readonly #loopDelay = monitorEventLoopDelay({ resolution: 20 });
  readonly #timer: NodeJS.Timeout;
  #cpu = process.cpuUsage();
  #at = performance.now();

  constructor(settings: HostSettings, calls: FrameworkCalls) {
    this.#settings = settings;
    this.#calls = calls;
    this.#loopDelay.enable();
    this.#timer = setInterval(() => void this.#report(), settings.reportMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#loopDelay.disable();
  }

  async #report(): Promise<void> {
    const { app, server } = this.#settings;
    const moduleName = `${app}.${server}`;
    const figures = this.#figures().map(([name, value]) => {
      const head = {
        moduleName,
        ip: '',
        propertyName: `${moduleName}.${name}`,
        setName: '',
        setArea: '',
        setID: '',
        sContainer: '',
        iPropertyVer: PROPERTY_VERSION,
      };
      return [head, { vInfo: [{ policy: POLICY, value: String(Math.round(value)) }] }] as const;
    });
    await this.#calls.reportFigures(new Map(figures));
  }

  #figures(): [string, number][] {
    const { rss, heapTotal, heapUsed } = process.memoryUsage();
    const now = performance.now();
    const { user, system } = process.cpuUsage(this.#cpu);
    const cpuUsage = ((user + system) / 1000 / (now - this.#at)) * 100;
    this.#cpu = process.cpuUsage();
    this.#at = now;
    const eventLoop = this.#loopDelay.mean * MS_PER_NS;
    this.#loopDelay.reset();
    return [
      ['rss', rss],
      ['heapTotal', heapTotal],
      ['heapUsed', heapUsed],
      ['eventLoop', Number.isFinite(eventLoop) ? eventLoop : 0],
      ['cpuUsage', cpuUsage],
      ['activeHandles', process.getActiveResourcesInfo().length],
    ];
  }
}
