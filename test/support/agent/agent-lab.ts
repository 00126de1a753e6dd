/** A data directory and an agent in it, without a controller; ends every process when the test ends. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino, type Logger } from 'pino';
import { onTestFinished } from 'vitest';
import { startAgent, type Agent, type AgentOptions } from '../../../nodeagent/main.ts';
import { killTree } from '../../../nodeagent/process/tree.ts';
import { writeTargets } from '../../../nodeagent/state/targets-file.ts';
import type { InstanceObserved, InstanceTarget } from '../../../registry/model.ts';
import { eventually } from './eventually.ts';
import { sweepControlGroups } from './sweep-control-groups.ts';
import { testFacts, testNode } from './targets.ts';

/** Nothing listens there: the agent is on its own. */
const noController = 'http://127.0.0.1:9';

export const silentLogger: Logger = pino({ level: process.env['TEST_LOG'] ?? 'silent' });

export class AgentLab {
  readonly dataDir: string;
  #revision = 0;
  #agent: Agent | undefined;

  constructor() {
    this.dataDir = mkdtempSync(join(tmpdir(), 'tarsier-agent-'));
    onTestFinished(async () => {
      await this.#agent?.close({ stopServices: false });
      await this.killEverything();
      sweepControlGroups(this.dataDir);
      if (process.env['KEEP'] === undefined)
        rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
    });
  }

  /** Also what escaped: every process of a run carries its data folder in the environment. */
  async killEverything(): Promise<void> {
    const marker = `TARSIER_DATA_DIR=${this.dataDir}/`;
    await killTree({ marker, shim: undefined, withShim: true });
  }

  saveTargets(targets: readonly InstanceTarget[]): void {
    mkdirSync(this.dataDir, { recursive: true });
    this.#revision += 1;
    const set = { revision: this.#revision, nodeFacts: testFacts, targets };
    writeTargets(join(this.dataDir, 'targets'), set);
  }

  async start(options: Partial<AgentOptions> = {}): Promise<Agent> {
    this.#agent = await startAgent({
      node: testNode,
      controllerUrls: [noController],
      token: 'none',
      dataDir: this.dataDir,
      logger: silentLogger,
      ...options,
    });
    return this.#agent;
  }

  async close(stopServices = false): Promise<void> {
    await this.#agent?.close({ stopServices });
    this.#agent = undefined;
  }

  /** The agent closes, and comes back with other targets, as if a controller had sent them. */
  async restartWith(targets: readonly InstanceTarget[]): Promise<Agent> {
    await this.close();
    this.saveTargets(targets);
    return this.start();
  }

  observed(service: string): InstanceObserved | undefined {
    const instances = this.#agent?.observed() ?? [];
    return instances.find(({ instance }) => instance === `${service}@${testNode}`);
  }

  /** Waits until the instance reports what `check` asks for. */
  async until(
    service: string,
    check: (observed: InstanceObserved) => boolean,
    timeoutMs = 10_000,
  ): Promise<InstanceObserved> {
    return eventually(
      () => {
        const observed = this.observed(service);
        return observed !== undefined && check(observed) ? observed : undefined;
      },
      () => `${service}: ${JSON.stringify(this.observed(service))}`,
      timeoutMs,
    );
  }

  path(service: string, ...parts: string[]): string {
    return join(this.dataDir, 'services', service, ...parts);
  }
}
