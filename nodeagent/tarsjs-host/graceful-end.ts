/**
 * Lets a Tars.js program end without cutting off answers: no new connections, and each open one is
 * closed when as many packets went out as came in. What a program does inside is not known here.
 */

import { channel } from 'node:diagnostics_channel';
import type { Server, Socket } from 'node:net';
import { FrameCount } from './frame-count.ts';

const LOOK_EVERY_MS = 10;

interface Peer {
  readonly asked: FrameCount;
  readonly answered: FrameCount;
}

type ServerSocket = Socket & { readonly server?: Server };

export class GracefulEnd {
  readonly #peers = new Map<ServerSocket, Peer>();
  readonly #speaksTars: (socket: Socket) => boolean;

  /** To be made before the program opens its first port. Connections that speak something else are left alone. */
  constructor(speaksTars: (socket: Socket) => boolean) {
    this.#speaksTars = speaksTars;
    channel('net.server.socket').subscribe((message) => {
      this.#follow((message as { readonly socket: ServerSocket }).socket);
    });
  }

  /** Resolves when every connection is closed, or after `msMax`. */
  async finish(msMax: number): Promise<void> {
    for (const server of new Set([...this.#peers.keys()].map((socket) => socket.server))) {
      server?.close();
    }
    const done = Promise.withResolvers<void>();
    const deadline = performance.now() + msMax;
    const look = (): void => {
      for (const [socket, { asked, answered }] of this.#peers) {
        if (answered.total >= asked.total) socket.end();
      }
      if (this.#peers.size === 0 || performance.now() >= deadline) done.resolve();
      else setTimeout(look, LOOK_EVERY_MS);
    };
    look();
    await done.promise;
  }

  /** A listener for data would make the socket flow before the program listens: so events are only seen. */
  #follow(socket: ServerSocket): void {
    if (!this.#speaksTars(socket)) return;
    const peer: Peer = { asked: new FrameCount(), answered: new FrameCount() };
    this.#peers.set(socket, peer);
    socket.once('close', () => this.#peers.delete(socket));
    const emit = socket.emit.bind(socket) as (...args: unknown[]) => boolean;
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    Object.assign(socket, {
      emit(...args: unknown[]): boolean {
        if (args[0] === 'data' && args[1] instanceof Uint8Array) peer.asked.take(args[1]);
        return emit(...args);
      },
      write(...args: unknown[]): boolean {
        if (args[0] instanceof Uint8Array) peer.answered.take(args[0]);
        return write(...args);
      },
    });
  }
}
