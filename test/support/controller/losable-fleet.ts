/** A controller, agents and processes, all of them real, whose controller can lose its disk. */

import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startController, type Controller } from '../../../controller/main.ts';
import { startAgent, type Agent } from '../../../nodeagent/main.ts';
import { killTree } from '../../../nodeagent/process/tree.ts';
import type { RegistryState } from '../../../registry/model.ts';
import { silentLogger } from '../agent/agent-lab.ts';
import { eventually } from '../agent/eventually.ts';
import { TestRepository } from '../git/test-repository.ts';
import { temporaryFolder } from '../temporary-folder.ts';

export class LosableFleet {
  readonly folder = temporaryFolder();
  readonly repository = new TestRepository(join(this.folder, 'repository'));
  readonly packagesDir = join(this.folder, 'packages');
  readonly #agents = new Map<string, Agent>();
  #controller: Controller | undefined;
  #port = 0;

  constructor() {
    mkdirSync(this.packagesDir, { recursive: true });
    onTestFinished(async () => {
      await this.#controller?.close();
      for (const agent of this.#agents.values()) await agent.close({ stopServices: false });
      const marker = `TARSIER_DATA_DIR=${this.folder}/`;
      await killTree({ marker, shim: undefined, withShim: true });
    });
  }

  get controller(): Controller {
    if (this.#controller === undefined) throw new Error('the controller does not run');
    return this.#controller;
  }

  get state(): RegistryState {
    return this.controller.registry.state;
  }

  /** A package of one script, found by a controller that is started with packages. */
  addPackage(service: string, version: string, script: string): void {
    const release = join(this.packagesDir, service, version);
    mkdirSync(release, { recursive: true });
    writeFileSync(join(release, 'run.sh'), script);
  }

  async start(options: { rebuildWaitMs?: number; withPackages?: boolean } = {}): Promise<void> {
    const { rebuildWaitMs, withPackages = false } = options;
    this.#controller = await startController({
      dataDir: join(this.folder, 'controller'),
      version: 'test',
      listen: { host: '127.0.0.1', port: this.#port },
      source: { url: this.repository.folder, pollMs: 200 },
      ...(withPackages ? { packagesDir: this.packagesDir } : {}),
      ...(rebuildWaitMs === undefined ? {} : { rebuild: { waitMs: rebuildWaitMs } }),
      logger: silentLogger,
    });
    this.#port = Number(new URL(this.#controller.url).port);
  }

  async stop(): Promise<void> {
    await this.#controller?.close();
    this.#controller = undefined;
  }

  /** Everything but the tokens, which the operator has put back. */
  async loseDisk(): Promise<void> {
    await this.stop();
    const dataDir = join(this.folder, 'controller');
    const kept = join(this.folder, 'tokens');
    renameSync(join(dataDir, 'tokens'), kept);
    rmSync(dataDir, { recursive: true });
    mkdirSync(dataDir, { mode: 0o700 });
    cpSync(kept, join(dataDir, 'tokens'), { recursive: true });
    rmSync(kept, { recursive: true });
  }

  startAgent(node: string): Promise<Agent> {
    const token = this.controller.readToken('agent');
    return this.startAgentAt(node, { port: this.#port, token });
  }

  /** Of a controller that is not this one's. */
  async startAgentAt(
    node: string,
    { port, token }: { readonly port: number | string; readonly token: string },
  ): Promise<Agent> {
    const agent = await startAgent({
      node,
      controllerUrls: [`http://127.0.0.1:${port}`],
      token,
      dataDir: join(this.folder, node),
      logger: silentLogger,
    });
    this.#agents.set(node, agent);
    return agent;
  }

  async stopAgent(node: string): Promise<void> {
    await this.#agents.get(node)?.close({ stopServices: false });
    this.#agents.delete(node);
  }

  /** By instance, of agents that run: the pid of what is ready. */
  get pids(): Readonly<Record<string, number>> {
    const ready = [...this.#agents.values()].flatMap((agent) =>
      agent
        .observed()
        .flatMap(({ instance, phase, pid }) => (phase === 'running' ? [[instance, pid]] : [])),
    );
    return Object.fromEntries(ready);
  }

  async runs(instances: readonly string[]): Promise<void> {
    const wanted = instances.toSorted().join();
    await eventually(
      () => Object.keys(this.pids).toSorted().join() === wanted,
      () => `${Object.keys(this.pids).join()} run; ${JSON.stringify(this.statuses())}`,
      30_000,
    );
  }

  statuses(): readonly unknown[] {
    const { rollouts, registry } = this.controller;
    return [...registry.state.scopes.keys()].map((scope) => rollouts.statusOf(scope));
  }

  reasons(): readonly string[] {
    return this.state.events.map(({ reason }) => reason);
  }
}
