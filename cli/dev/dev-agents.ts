/** An agent for each node of the repository, as nodes come and go. */

import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Controller } from '../../controller/main.ts';
import { startAgent, type Agent } from '../../nodeagent/main.ts';
import { readVersion } from '../version.ts';

export interface DevAgentsOptions {
  readonly controller: Controller;
  readonly dataDir: string;
  readonly logger: Logger;
  readonly nodes?: readonly string[];
}

export class DevAgents {
  readonly #options: DevAgentsOptions;
  readonly #agents = new Map<string, Agent>();
  /** One after the other, so that a node has at most one agent. */
  #work: Promise<void> = Promise.resolve();
  #stopFollowing: () => void = () => undefined;

  constructor(options: DevAgentsOptions) {
    this.#options = options;
  }

  /** Resolves when the agents of the nodes of today are started. */
  async follow(): Promise<void> {
    const { registry } = this.#options.controller;
    this.#stopFollowing = registry.subscribe(({ command }) => {
      if (command.type === 'apply-commit') this.#queue();
    });
    this.#queue();
    await this.#work;
  }

  async close(options: { readonly stopServices: boolean }): Promise<void> {
    this.#stopFollowing();
    await this.#work;
    await Promise.all([...this.#agents.values()].map((agent) => agent.close(options)));
  }

  #queue(): void {
    this.#work = this.#work
      .then(() => this.#compare())
      .catch((error: unknown) => {
        this.#options.logger.error({ err: error }, 'agent not started');
      });
  }

  async #compare(): Promise<void> {
    const { controller, dataDir, logger, nodes: chosen } = this.#options;
    for (const node of controller.registry.state.nodes.keys()) {
      if (this.#agents.has(node) || chosen?.includes(node) === false) continue;
      const agent = await startAgent({
        node,
        controllerUrls: [controller.url],
        token: controller.readToken('agent'),
        dataDir: join(dataDir, 'nodes', node),
        logger: logger.child({ node }),
        agentVersion: readVersion(),
        // Many agents share this machine.
        servants: { host: '127.0.0.1', port: 'auto' },
      });
      this.#agents.set(node, agent);
    }
  }
}
