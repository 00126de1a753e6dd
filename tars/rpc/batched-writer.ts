/** Gathers the frames of one turn of the event loop into one write to a socket. */

import type { Socket } from 'node:net';

export class BatchedWriter {
  readonly #socket: Socket;
  readonly #written: () => void;
  #frames: Uint8Array[] = [];
  #queuedBytes = 0;
  #scheduled = false;

  /** `written` is called each time the kernel has taken a batch. */
  constructor(socket: Socket, written: () => void = () => undefined) {
    this.#socket = socket;
    this.#written = written;
  }

  /** Bytes that the kernel has not taken yet. */
  get waitingBytes(): number {
    return this.#socket.destroyed ? 0 : this.#queuedBytes + this.#socket.writableLength;
  }

  /** The writer keeps `frame`; it must not change afterwards. Written at the end of the turn, or by `flush`. */
  write(frame: Uint8Array): void {
    if (!this.#socket.writable) return;
    this.#frames.push(frame);
    this.#queuedBytes += frame.length;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** Safe on a closed socket: what is left has no reader any more. */
  flush(): void {
    const frames = this.#frames;
    const first = frames[0];
    if (first === undefined) return;
    const bytes = frames.length === 1 ? first : Buffer.concat(frames, this.#queuedBytes);
    this.#frames = [];
    this.#queuedBytes = 0;
    if (this.#socket.writable) this.#socket.write(bytes, this.#written);
  }
}
