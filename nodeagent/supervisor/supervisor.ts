/** All instances of a node: takes targets, adopts what already runs, and says what it sees. */

import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TarsierError } from '../../errors/tarsier-error.ts';
import type { InstanceObserved, InstanceTarget } from '../../registry/model.ts';
import type { InstanceOutput } from '../output/instance-output.ts';
import type { SupervisorContext } from './context.ts';
import type { ServedConfigs } from '../servants/rules/config-answers.ts';
import type { ServerBeats } from '../servants/server-object.ts';
import { serverBeats } from './health/server-beats.ts';
import { Instance } from './instance.ts';
import { instanceFolders, servicesFolder } from './instance-folders.ts';
import { killTree } from '../process/tree.ts';
import { RunFolder } from './run/run-folder.ts';
import { runMarker } from './run/run-intent.ts';

/** Finds what no event told: a shim that was killed, a full piece of output. */
const POLL_MS = 2000;
const OLD_LOGS_EVERY_MS = 3_600_000;
/** An instance that takes longer to be looked at is reported later. */
const FIRST_LOOK_MS_MAX = 5000;

export class Supervisor {
  readonly #context: SupervisorContext;
  readonly #instances = new Map<string, Instance>();
  #poll: NodeJS.Timeout | undefined;
  #cleaning: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** `context.onGone` is called by an instance that is finished with; this class hears it first. */
  constructor(context: Omit<SupervisorContext, 'fixedPorts'>) {
    this.#context = {
      ...context,
      fixedPorts: () => this.#fixedPorts(),
      onGone: (instance) => {
        this.#instances.delete(instance);
        context.onGone(instance);
      },
    };
    this.beats = serverBeats((service) => {
      const instance = this.#byService(service);
      return instance && (instance.beats ?? 'idle');
    }, context.clock);
  }

  /**
   * Adopts what runs. With `targets` undefined nothing is known about what should run: every
   * instance then goes on as its last run was meant, and nothing is stopped.
   */
  async start(targets: readonly InstanceTarget[] | undefined): Promise<void> {
    await this.#endUnreadable();
    const byService = new Map(targets?.map((target) => [target.service, target]));
    for (const { service, runs } of this.#findRuns()) {
      const newest = runs.at(-1);
      if (newest === undefined) continue;
      const last = newest.intent.target;
      const instance = new Instance({ instance: last.instance, service, runs }, this.#context);
      this.#instances.set(last.instance, instance);
      const wasStopped = newest.readFacts().stopAskedWhy === 'target';
      const remembered = wasStopped ? { ...last, state: 'stopped' as const } : last;
      instance.setTarget(targets === undefined ? remembered : byService.get(service));
    }
    if (targets !== undefined) this.setTargets(targets);
    this.#sweepGroups();
    this.#lookAtAll();
    // What is reported from here on is complete: an instance that is missing would count as gone.
    const looked = [...this.#instances.values()].map((instance) => instance.looked);
    await Promise.race([Promise.all(looked), delay(FIRST_LOOK_MS_MAX, undefined, { ref: false })]);
    this.#poll = setInterval(() => this.#lookAtAll(), POLL_MS);
    this.#cleaning = setInterval(() => void this.#deleteOldLogs(), OLD_LOGS_EVERY_MS);
    void this.#deleteOldLogs();
  }

  /** The whole set: an instance that is not in it is stopped and forgotten. */
  setTargets(targets: readonly InstanceTarget[]): void {
    const wanted = new Map(targets.map((target) => [target.instance, target]));
    for (const target of targets) this.#instanceOf(target).setTarget(target);
    for (const [name, instance] of this.#instances) {
      if (!wanted.has(name)) instance.setTarget(undefined);
    }
  }

  observed(): readonly InstanceObserved[] {
    return [...this.#instances.values()].flatMap((instance) => instance.observed ?? []);
  }

  /** What the libraries in the services of this node tell it. */
  readonly beats: ServerBeats;

  /** For the configuration servant. */
  readonly configs: ServedConfigs = {
    of: (service) => {
      const instance = this.#byService(service);
      return instance && { files: instance.served };
    },
    services: () => [...this.#instances.values()].map(({ service }) => service),
  };

  /**
   * Gives a running TARS service a command, such as `tars.setloglevel DEBUG`. Fails with
   * `COMMAND_FAILED` when it has nobody to take it, or with an error of the TARS client.
   */
  async runCommand(
    instance: string,
    command: string,
  ): Promise<{ readonly ok: boolean; readonly text: string }> {
    const admin = this.#instances.get(instance)?.admin;
    if (admin === undefined) {
      throw new TarsierError(
        'COMMAND_FAILED',
        `Cannot give ${instance} a command: it does not run.`,
      );
    }
    return { ok: true, text: await admin.notify(command) };
  }

  outputOf(instance: string): InstanceOutput | undefined {
    return this.#instances.get(instance)?.output;
  }

  /** Folders that processes run in, or will run in again without a controller. */
  releasesInUse(): ReadonlySet<string> {
    return new Set([...this.#instances.values()].flatMap((instance) => instance.folder ?? []));
  }

  /** Stops every service and resolves when all are stopped. */
  async stopServices(): Promise<void> {
    await Promise.all([...this.#instances.values()].map((instance) => instance.shutDown()));
  }

  /** Leaves the services alone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#poll);
    clearInterval(this.#cleaning);
    await Promise.all([...this.#instances.values()].map((instance) => instance.close()));
    this.#context.controlGroups.close();
  }

  /** Groups of starts that an earlier agent did not get to, or of runs that ended without one. */
  #sweepGroups(): void {
    const runs = this.#findRuns().flatMap((found) => found.runs);
    this.#context.controlGroups.sweep(new Set(runs.map((run) => run.intent.runId)));
  }

  #instanceOf(target: InstanceTarget): Instance {
    const known = this.#instances.get(target.instance);
    if (known !== undefined) return known;
    const { instance, service } = target;
    const made = new Instance({ instance, service, runs: [] }, this.#context);
    this.#instances.set(instance, made);
    return made;
  }

  #lookAtAll(): void {
    for (const instance of this.#instances.values()) {
      instance.wake();
      instance.output.rotate().catch((error: unknown) => {
        if (this.#isClosed) return;
        const { logger } = this.#context;
        logger.warn({ err: error, instance: instance.instance }, 'output not rotated');
      });
    }
  }

  /** One after the other: it is never urgent. */
  async #deleteOldLogs(): Promise<void> {
    for (const instance of this.#instances.values()) {
      if (this.#isClosed) return;
      await instance.deleteOldLogs();
    }
  }

  #byService(service: string): Instance | undefined {
    return this.#instances.get(`${service}@${this.#context.node}`);
  }

  #fixedPorts(): ReadonlySet<number> {
    const ports = [...this.#instances.values()].flatMap((instance) => instance.fixedPorts);
    const own = this.#context.servantsAddress()?.port;
    return new Set(own === undefined ? ports : [...ports, own]);
  }

  #services(): readonly string[] {
    const folder = servicesFolder(this.#context.dataDir);
    return existsSync(folder) ? readdirSync(folder) : [];
  }

  #findRuns(): { service: string; runs: RunFolder[] }[] {
    return this.#services().map((service) => {
      const { runs } = instanceFolders(this.#context.dataDir, service);
      return { service, runs: RunFolder.list(runs).readable };
    });
  }

  /** A start whose intent is damaged cannot be watched; what it left is ended, so that nothing runs twice. */
  async #endUnreadable(): Promise<void> {
    for (const service of this.#services()) {
      const { runs } = instanceFolders(this.#context.dataDir, service);
      for (const { path, why } of RunFolder.list(runs).unreadable) {
        this.#context.logger.warn({ path, why }, 'run without a readable intent is ended');
        await killTree({ marker: runMarker(basename(path)), shim: undefined, withShim: true });
        rmSync(path, { recursive: true, force: true });
      }
    }
  }
}
