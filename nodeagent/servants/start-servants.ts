/** Opens the port at which the services of this machine find the whole framework. */

import { startTarsServer } from '../../tars/rpc/server.ts';
import { agentServants, type AgentServantsOptions } from './agent-servants.ts';

/** `host`: beyond loopback, other machines may look up names, and nothing else. */
export interface ServantsOptions extends AgentServantsOptions {
  /** 0 takes a free one. */
  readonly port: number;
}

export interface Servants {
  readonly port: number;
  close(): Promise<void>;
}

/** Fails as `listen` does when the port cannot be had. */
export async function startServants(options: ServantsOptions): Promise<Servants> {
  const { host, port, log } = options;
  const servants = agentServants(options);
  try {
    const server = await startTarsServer({ host, port, servants: servants.table, log });
    servants.listensAt(server.port);
    return {
      port: server.port,
      async close() {
        servants.close();
        await server.close();
      },
    };
  } catch (error) {
    servants.close();
    throw error;
  }
}
