/** A wire between an agent and a controller that can be cut, refused and frozen. */

import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface CutWire {
  readonly url: string;
  /** Breaks every connection. */
  cut(): void;
  refuse(isRefusing: boolean): void;
  /** Nothing gets through, and nobody is told. */
  freeze(isFrozen: boolean): void;
}

export async function startCutWire(url: string): Promise<CutWire> {
  const port = Number(new URL(url).port);
  const sockets = new Set<Socket>();
  let isRefusing = false;
  let isFrozen = false;
  const server = createServer((incoming) => {
    if (isRefusing) {
      incoming.destroy();
      return;
    }
    if (isFrozen) {
      sockets.add(incoming);
      incoming.on('error', () => {});
      return;
    }
    const outgoing = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(() => {
    cut();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    refuse: (value) => (isRefusing = value),
    freeze: (value) => {
      isFrozen = value;
      for (const socket of sockets) {
        if (isFrozen) socket.unpipe();
        else socket.destroy();
      }
    },
  };
}
