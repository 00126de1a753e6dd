/** Starts agent processes one after the other on a data directory, and kills them. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const child = fileURLToPath(new URL('agent-child.ts', import.meta.url));

export interface AgentProcess {
  readonly process: ChildProcess;
  /** Resolves when the agent has adopted what runs. */
  readonly started: Promise<unknown>;
  kill(): Promise<void>;
}

export function spawnAgent(dataDir: string, ...args: string[]): AgentProcess {
  const agent = spawn(process.execPath, [child, dataDir, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // Starting is most of the time of a kill test; compiled code is kept between the starts.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'tarsier-test-compile-cache') },
  });
  const exited = once(agent, 'exit');
  onTestFinished(async () => {
    agent.kill('SIGKILL');
    await exited;
  });
  return {
    process: agent,
    started: once(agent.stdout, 'data'),
    async kill() {
      agent.kill('SIGKILL');
      await exited;
    },
  };
}
