/** NATS servers on loopback without TLS and passwords, as a user of the library may have them. */

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { waitUntilReady } from '../../../replica/drivers/jetstream/server/wait-until-ready.ts';
import { freePorts } from './free-ports.ts';

export interface PlainServers {
  /** `host:port` for clients. */
  readonly addresses: readonly string[];
  kill(at: number): void;
  start(at: number): void;
}

const readyMsMax = 60_000;

/** Resolves when JetStream answers. The servers are killed with the test. */
export async function startPlainServers(
  binary: string,
  folder: string,
  count: number,
): Promise<PlainServers> {
  const ports = await freePorts(2 * count);
  const routes = ports.slice(count).map((port) => `nats://127.0.0.1:${port}`);
  const addresses = ports.slice(0, count).map((port) => `127.0.0.1:${port}`);
  const running = new Map<number, ChildProcess>();
  const start = (at: number): void => {
    const own = join(folder, String(at));
    mkdirSync(own, { recursive: true });
    const file = join(own, 'server.conf');
    writeFileSync(
      file,
      `server_name: s${at}
listen: "${addresses[at]}"
jetstream { store_dir: "${own}", sync_interval: always }
cluster { name: plain, listen: "127.0.0.1:${ports[count + at]}", routes: [${routes.join(', ')}] }
`,
    );
    running.set(at, spawn(binary, ['--config', file], { stdio: 'ignore' }));
  };
  const kill = (at: number): void => void running.get(at)?.kill('SIGKILL');
  onTestFinished(() => {
    for (const at of running.keys()) kill(at);
  });
  for (let at = 0; at < count; at += 1) start(at);
  await waitUntilReady({ servers: [...addresses] }, readyMsMax);
  return { addresses, kill, start };
}
