/** A peer that writes bytes to a port and keeps the frames that come back. */

import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { eventually } from '../agent/eventually.ts';
import { readFields, type Fields } from './read-fields.ts';

export class RawPeer {
  /** Packets without their lengths. */
  readonly packets: Fields[] = [];
  readonly #socket: Socket;
  #waiting = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      this.#waiting = Buffer.concat([this.#waiting, chunk]);
      while (this.#waiting.length >= 4) {
        const length = this.#waiting.readUInt32BE();
        if (this.#waiting.length < length) return;
        this.packets.push(readFields(this.#waiting.subarray(4, length)));
        this.#waiting = this.#waiting.subarray(length);
      }
    });
  }

  static async connect(port: number, options: { localAddress?: string; host?: string } = {}) {
    const { host = '127.0.0.1', localAddress } = options;
    const socket = connect({ host, port, ...(localAddress === undefined ? {} : { localAddress }) });
    const peer = new RawPeer(socket);
    onTestFinished(() => peer.close());
    await once(socket, 'connect');
    return peer;
  }

  /** Resolves when the kernel has it. */
  async write(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((done) => this.#socket.write(bytes, () => done()));
  }

  /** The packet that answers. */
  async ask(bytes: Uint8Array): Promise<Fields> {
    const before = this.packets.length;
    await this.write(bytes);
    return eventually(
      () => this.packets[before],
      () => 'no answer came',
      2_000,
    );
  }

  close(): void {
    this.#socket.destroy();
  }
}
