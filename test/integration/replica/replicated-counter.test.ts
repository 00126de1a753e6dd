/** The example service in a process of its own, killed and started again. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createInterface, type Interface } from 'node:readline';
import { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { memoryFolder } from '../../support/temporary-folder.ts';

const start = fileURLToPath(
  new URL('../../../cluster-examples/replicated-counter/start.ts', import.meta.url),
);

class Service {
  readonly #child: ChildProcess;
  readonly #url: string;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.#url = url;
  }

  static async start(directory: string): Promise<Service> {
    const parameters = [start, '--directory', directory, '--port', '0'];
    const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [line] = await Promise.race([
      once(createInterface(child.stdout!), 'line') as Promise<[string]>,
      once(child, 'exit').then(() => Promise.reject(new Error('it did not start'))),
    ]);
    return new Service(child, line.replace('listening on ', ''));
  }

  async stop(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal);
    const [code] = (await once(this.#child, 'exit')) as [number | null];
    return code;
  }

  async ask(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, body: await response.json() };
  }

  /** Asks for the lock; `release` drops the connection. */
  async lock(name: string): Promise<{ lines: Interface; release(): void }> {
    const dropping = new AbortController();
    const { signal } = dropping;
    const response = await fetch(`${this.#url}/locks/${name}`, { method: 'POST', signal });
    const body = Readable.fromWeb(response.body! as Parameters<typeof Readable.fromWeb>[0]);
    body.on('error', () => undefined);
    const lines = createInterface(body);
    lines.on('error', () => undefined);
    return { lines, release: () => dropping.abort() };
  }
}

async function tokenFrom(lines: Interface): Promise<number> {
  const [line] = (await once(lines, 'line')) as [string];
  return (JSON.parse(line) as { token: number }).token;
}

test('counts every request once, over repeats, kills and restarts', async () => {
  const directory = memoryFolder();
  const first = await Service.start(directory);
  const order = { amount: 2, requestId: 'order-000001' };
  const counted = { status: 200, body: { type: 'add', value: 2 } };
  expect(await first.ask('POST', '/counters/orders', order)).toEqual(counted);
  expect(await first.ask('POST', '/counters/orders', order)).toEqual(counted);
  await first.stop('SIGKILL');

  const second = await Service.start(directory);
  expect(await second.ask('POST', '/counters/orders', order)).toEqual(counted);
  expect((await second.ask('GET', '/counters/orders')).body).toEqual({ value: 2 });
  expect((await second.ask('POST', '/counters/orders', { amount: 1.5 })).status).toBe(400);
  expect(await second.stop('SIGTERM')).toBe(0);
});

test('hands a lock on when its client is gone, and refuses what the old holder writes late', async () => {
  const service = await Service.start(memoryFolder());
  const alice = await service.lock('door');
  const aliceToken = await tokenFrom(alice.lines);
  const bob = await service.lock('door');
  const bobToken = tokenFrom(bob.lines);
  const write = async (text: string, token: number) =>
    (await service.ask('PUT', '/texts/door', { text, token })).status;
  expect(await write('alice', aliceToken)).toBe(200);
  alice.release();
  expect(await bobToken).toBeGreaterThan(aliceToken);
  expect(await write('bob', await bobToken)).toBe(200);
  expect(await write('alice, late', aliceToken)).toBe(409);
  const { body } = await service.ask('GET', '/texts/door');
  expect(body).toEqual({ text: 'bob', token: await bobToken });
  // With a lock still held: it is given back, and nothing keeps the process.
  expect(await service.stop('SIGTERM')).toBe(0);
});
