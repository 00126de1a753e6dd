/** A wire to a member that can be cut, also after a number of bytes, slowed, refused and frozen. */

import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { onTestFinished } from 'vitest';

export interface FaultyWire {
  readonly url: string;
  /** What went towards the member, and from it, since the wire is there. */
  readonly bytes: { to: number; from: number };
  cut(): void;
  /** Once, when so many more bytes went either way. */
  cutAfter(bytes: number): void;
  refuse(isRefusing: boolean): void;
  /** Nothing gets through, and nobody is told. */
  freeze(): void;
  /** Breaks frozen connections. */
  thaw(): void;
  /** At most so many bytes in 10 ms each way; `undefined` for as fast as it goes. */
  slow(bytesPer10Ms: number | undefined): void;
}

export async function startFaultyWire(port: number): Promise<FaultyWire> {
  const sockets = new Set<Socket>();
  const bytes = { to: 0, from: 0 };
  let isRefusing = false;
  let isFrozen = false;
  let pace: number | undefined;
  let leftUntilCut = Infinity;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const through = (direction: 'to' | 'from') =>
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        if (isFrozen) return;
        bytes[direction] += chunk.length;
        leftUntilCut -= chunk.length;
        if (leftUntilCut <= 0) {
          leftUntilCut = Infinity;
          cut();
          return;
        }
        const waitMs = pace !== undefined ? (chunk.length / pace) * 10 : 0;
        if (waitMs === 0) done(null, chunk);
        else setTimeout(() => done(null, chunk), waitMs);
      },
    });
  const server = createServer((incoming) => {
    if (isRefusing) {
      incoming.destroy();
      return;
    }
    const outgoing = connect(port, '127.0.0.1');
    join(incoming, outgoing, through('to'));
    join(outgoing, incoming, through('from'));
  });
  const join = (from: Socket, to: Socket, way: Transform) => {
    sockets.add(from);
    from.pipe(way).pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      // What ended as it should is still on its way.
      if (!from.readableEnded) to.destroy();
    });
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    cut();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes,
    cut,
    cutAfter: (count) => (leftUntilCut = count),
    refuse: (value) => (isRefusing = value),
    freeze: () => (isFrozen = true),
    thaw: () => {
      isFrozen = false;
      cut();
    },
    slow: (value) => (pace = value),
  };
}
