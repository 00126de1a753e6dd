/** The example service as three processes over three servers: one is killed, and nobody miscounts. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../support/agent/eventually.ts';
import { freePorts } from '../../support/engine/free-ports.ts';
import { engineSkipped, obtainNatsServer } from '../../support/engine/obtain-nats-server.ts';
import { startPlainServers } from '../../support/engine/plain-servers.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const binary = obtainNatsServer();
const start = fileURLToPath(
  new URL('../../../cluster-examples/replicated-counter/start.ts', import.meta.url),
);

interface Counter {
  readonly child: ChildProcess;
  readonly url: string;
}

async function startCounter(options: Readonly<Record<string, string>>): Promise<Counter> {
  const parameters = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn(process.execPath, [start, '--engine', 'jetstream', ...parameters], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, COUNTER_PEER_TOKEN: 'only-the-three-processes-know-this-one' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line') as Promise<[string]>,
    once(child, 'exit').then(() => Promise.reject(new Error('it did not start'))),
  ]);
  return { child, url: line.replace('listening on ', '') };
}

async function add({ url }: Counter, requestId: string): Promise<number> {
  const response = await fetch(`${url}/counters/visits`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ amount: 1, requestId }),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { value: number }).value;
}

async function read({ url }: Counter): Promise<number> {
  const response = await fetch(`${url}/counters/visits`);
  return ((await response.json()) as { value: number }).value;
}

test.skipIf(binary === undefined)(
  `three processes are one counter, and one of them may die (${engineSkipped})`,
  async () => {
    const folder = temporaryFolder();
    const servers = await startPlainServers(binary ?? '', join(folder, 'servers'), 3);
    const ports = await freePorts(3);
    const optionsOf = (at: number) => ({
      directory: join(folder, `counter-${at}`),
      port: '0',
      servers: servers.addresses.join(','),
      'peer-port': String(ports[at]),
      peers: ports
        .filter((_port, other) => other !== at)
        .map((port) => `http://127.0.0.1:${port}`)
        .join(','),
    });
    const [first, second, third] = (await Promise.all(
      [0, 1, 2].map((at) => startCounter(optionsOf(at))),
    )) as [Counter, Counter, Counter];
    const everybody = [first, second, third];
    for (let number = 1; number <= 9; number += 1) {
      expect(await add(everybody[number % 3] as Counter, `visit-000${number}`)).toBe(number);
    }
    // The same request at another process counts once, and a read sees what was answered anywhere.
    expect(await add(second, 'visit-0001')).toBe(1);
    for (const counter of everybody) expect(await read(counter)).toBe(9);

    const exited = once(third.child, 'exit');
    third.child.kill('SIGKILL');
    servers.kill(2);
    await exited;
    expect(
      await eventually(
        async () => add(first, 'visit-0010').catch(() => undefined),
        undefined,
        30_000,
      ),
    ).toBe(10);
    expect(await read(second)).toBe(10);
    servers.start(2);
    const again = await startCounter(optionsOf(2));
    expect(await read(again)).toBe(10);
    for (const { child } of [first, second, again]) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    }
  },
  120_000,
);
