import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isInTheWay, listeningSockets, listensOn } from '../../../nodeagent/process/port-owner.ts';
import { PortBook } from '../../../nodeagent/state/port-book.ts';
import { chooseServantsPort } from '../../../nodeagent/state/servants-port.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const range = { from: 20_000, to: 29_999 };
const wish = { host: '127.0.0.1', port: 'auto' } as const;

function bookIn(folder: string): PortBook {
  return new PortBook(join(folder, 'ports'), (why) => expect.fail(why));
}

test('the port of an agent is kept over restarts, also when the range of its node has moved', () => {
  const folder = temporaryFolder();
  const first = chooseServantsPort(wish, bookIn(folder), range);
  expect(first.port).toBeGreaterThanOrEqual(range.from);
  expect(first.port).toBeLessThanOrEqual(range.to);
  expect(chooseServantsPort(wish, bookIn(folder), range)).toEqual(first);
  expect(chooseServantsPort(wish, bookIn(folder), { from: 40_000, to: 40_001 })).toEqual(first);
});

test('agents that share a machine and a range rarely choose the same port, although none listens yet', () => {
  const ports = Array.from({ length: 30 }, () =>
    chooseServantsPort(wish, bookIn(temporaryFolder()), range),
  );
  expect(new Set(ports.map(({ port }) => port)).size).toBeGreaterThan(27);
});

test('a port that was given is taken as it is', () => {
  const book = bookIn(temporaryFolder());
  expect(chooseServantsPort({ host: '10.0.0.1', port: 19_386 }, book, range)).toEqual({
    host: '10.0.0.1',
    port: 19_386,
  });
});

test('who listens on a port is known', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(listensOn(port, [process.pid])).toBe(true);
  expect(listensOn(port, [process.ppid])).toBe(false);
  expect(listensOn(port, [])).toBe(false);
  server.close();
  await once(server, 'close');
  expect(listensOn(port, [process.pid])).toBe(false);
});

test.each([
  ['127.0.0.1', '127.0.0.1', true],
  ['127.0.0.1', '127.0.0.2', false],
  ['127.0.0.1', '0.0.0.0', true],
  ['127.0.0.1', '::', true],
  ['127.0.0.1', 'a-name', true],
  ['0.0.0.0', '127.0.0.2', true],
  ['::1', '::1', true],
  ['::1', '127.0.0.1', false],
  ['::', '127.0.0.2', true],
])('who listens on %s is in the way of %s: %s', async (listener, host, expected) => {
  const server = createServer().listen(0, listener);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = listeningSockets().find((one) => one.port === port);
  expect(socket?.address).toBe(listener);
  expect(socket && isInTheWay(socket, host)).toBe(expected);
});
