/** Sends frames on a WebSocket with a bound on what may wait in memory for a slow peer. */

import { WebSocket } from 'ws';

export interface SendQueueOptions {
  /** With more than this waiting, nothing further is taken. One message may exceed it. */
  readonly queuedBytesMax: number;
  /** Called after something was not taken, as soon as there is room again. */
  readonly onDrain: () => void;
}

export const queuedBytesMaxDefault = 1024 * 1024;

export class SendQueue {
  readonly #socket: WebSocket;
  readonly #options: SendQueueOptions;
  #queuedBytes = 0;
  #owesDrain = false;

  constructor(socket: WebSocket, options: SendQueueOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** Not yet handed to the operating system. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Whether the next message would be taken; if not, `onDrain` will be called. */
  hasRoom(): boolean {
    if (this.#queuedBytes <= this.#options.queuedBytesMax) return true;
    this.#owesDrain = true;
    return false;
  }

  /** False: not taken, because the queue is full or the socket is not open. */
  send(bytes: Uint8Array): boolean {
    return this.hasRoom() && this.sendRegardless(bytes);
  }

  /** For what is small, or must follow what was taken. False: the socket is not open. */
  sendRegardless(bytes: Uint8Array): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    this.#queuedBytes += bytes.byteLength;
    this.#socket.send(bytes, { binary: true, compress: false }, () => this.#sent(bytes.byteLength));
    return true;
  }

  #sent(sizeBytes: number): void {
    this.#queuedBytes -= sizeBytes;
    if (!this.#owesDrain || this.#queuedBytes > this.#options.queuedBytesMax / 2) return;
    this.#owesDrain = false;
    if (this.#socket.readyState === WebSocket.OPEN) this.#options.onDrain();
  }
}
