/** One connection of a TARS server: reads frames, has them answered, and holds the peer to the limits. */

import type { Socket } from 'node:net';
import { isTarsierError, TarsierError } from '../../errors/tarsier-error.ts';
import type { Answer } from './answer-request.ts';
import { BatchedWriter } from './batched-writer.ts';
import { FrameSplitter } from './frame-splitter.ts';
import { InFlightLimit } from './in-flight-limit.ts';
import { encodePush } from './reply-packet.ts';
import type { ServerLimits } from './server-limits.ts';
import type { ConnectionStats, Push, TarsConnection } from './tars-connection.ts';

/** What a connection needs of its server. */
export interface ConnectionOwner {
  readonly limits: ServerLimits;
  /** Requests in flight of all connections. */
  readonly inFlight: InFlightLimit;
  /** Throws a `TarsierError` when the packet has no readable head. */
  answer(packet: Uint8Array, connection: TarsConnection): Answer;
  bufferedBytesChanged(difference: number): void;
  refused(connection: ServerConnection, reason: TarsierError): void;
}

export class ServerConnection implements TarsConnection {
  readonly peerAddress: string;
  readonly peerPort: number;
  readonly stats: ConnectionStats = { requests: 0, replies: 0, pushes: 0 };
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #splitter: FrameSplitter;
  readonly #writer: BatchedWriter;
  readonly #inFlight: InFlightLimit;
  readonly #closeListeners: (() => void)[] = [];
  readonly #continueBound = (): void => this.continue();
  #closed = false;
  /** Nothing more is taken from this peer. */
  #refused = false;
  /** No more requests come: the peer or the server said so. */
  #ending = false;
  #paused = false;
  #working = false;
  #bufferedBytes = 0;
  #frameBeganAt = 0;
  #unreadSince = 0;
  #activeAt = performance.now();

  constructor(socket: Socket, owner: ConnectionOwner) {
    const { limits } = owner;
    this.#socket = socket;
    this.#owner = owner;
    this.peerAddress = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    this.peerPort = socket.remotePort ?? 0;
    this.#splitter = new FrameSplitter(limits.frameBytesMax);
    this.#inFlight = new InFlightLimit(
      limits.inFlightMaxPerConnection,
      limits.inFlightBytesMaxPerConnection,
    );
    this.#writer = new BatchedWriter(socket, () => this.#written());
    socket.setNoDelay(true);
    socket.on('data', (chunk: Uint8Array) => this.#received(chunk));
    socket.on('end', () => this.finish());
    // `close` follows; that a peer goes away in the middle of anything is nothing special.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#wasClosed());
  }

  /** Bytes of frames that are not complete or wait, and of replies that were not read. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  get requestsInFlight(): number {
    return this.#inFlight.count;
  }

  /** Takes up frames that had to wait; safe to call at any time. */
  continue(): void {
    if (this.#working) return;
    this.#working = true;
    const taken = this.#takeFrames();
    this.#working = false;
    this.#writer.flush();
    this.#account();
    if (this.#refused) return;
    if (taken > 0) this.#frameBeganAt = performance.now();
    this.#pauseOrResume();
    this.#endWhenDone();
  }

  push(push: Push): boolean {
    if (this.#closed || this.#refused) return false;
    this.stats.pushes += 1;
    this.#writer.write(encodePush(push));
    this.#account();
    return true;
  }

  onClose(listener: () => void): void {
    if (this.#closed) listener();
    else this.#closeListeners.push(listener);
  }

  close(): void {
    this.#refused = true;
    this.#splitter.clear();
    this.#writer.flush();
    this.#socket.destroySoon();
    this.#account();
  }

  destroy(): void {
    this.#refused = true;
    this.#splitter.clear();
    this.#socket.destroy();
    this.#account();
  }

  /** Closes once everything that arrived is answered. */
  finish(): void {
    this.#ending = true;
    this.continue();
  }

  /** Closes the connection for a fault of the peer. */
  refuse(reason: TarsierError): void {
    if (this.#refused) return;
    this.#owner.refused(this, reason);
    if (reason.code === 'TARS_FRAME_LENGTH' || reason.code === 'TARS_PACKET') this.close();
    else this.destroy();
  }

  /** Looks at the clock: called about four times in the shortest time limit. */
  checkAge(nowMs: number): void {
    const { limits } = this.#owner;
    if (this.#writer.waitingBytes === 0) this.#unreadSince = nowMs;
    else if (nowMs - this.#unreadSince > limits.unreadMsMax) {
      if (this.#refused) this.destroy();
      else this.refuse(slowReader(this.#writer.waitingBytes));
      return;
    }
    if (this.#splitter.isPartial && !this.#paused) {
      if (nowMs - this.#frameBeganAt > limits.frameMsMax) this.refuse(slowSender(limits));
      return;
    }
    const silent = nowMs - this.#activeAt > limits.idleMsMax;
    if (limits.idleMsMax > 0 && silent && this.#inFlight.count === 0) this.close();
  }

  #received(chunk: Uint8Array): void {
    if (this.#refused) return;
    this.#activeAt = performance.now();
    if (!this.#splitter.isPartial) this.#frameBeganAt = this.#activeAt;
    this.#splitter.push(chunk);
    this.continue();
  }

  #takeFrames(): number {
    let taken = 0;
    while (!this.#refused && !this.#mustWait()) {
      try {
        const packet = this.#splitter.next();
        if (packet === undefined) break;
        taken += 1;
        this.#take(packet);
      } catch (error) {
        this.refuse(isTarsierError(error) ? error : unreadable(error));
      }
    }
    return taken;
  }

  #take(packet: Uint8Array): void {
    this.stats.requests += 1;
    const answer = this.#owner.answer(packet, this);
    if (!(answer instanceof Promise)) {
      this.#reply(answer);
      return;
    }
    const bytes = packet.length;
    this.#inFlight.enter(bytes);
    this.#owner.inFlight.enter(bytes);
    void this.#replyLater(answer, bytes);
  }

  async #replyLater(answer: Promise<Uint8Array | undefined>, bytes: number): Promise<void> {
    this.#reply(await answer);
    this.#inFlight.leave(bytes);
    this.#owner.inFlight.leave(bytes);
    if (this.#paused || this.#ending || this.#closed) this.continue();
    else this.#account();
  }

  #reply(frame: Uint8Array | undefined): void {
    if (frame === undefined) return;
    this.stats.replies += 1;
    if (!this.#closed) this.#writer.write(frame);
  }

  /** Back-pressure: at a limit nothing is read, so that the queue stays with the peer. */
  #mustWait(): boolean {
    if (this.#inFlight.isFull) return true;
    if (this.#owner.inFlight.isFull) {
      this.#owner.inFlight.whenRoom(this.#continueBound);
      return true;
    }
    const { unreadBytesPause } = this.#owner.limits;
    if (this.#writer.waitingBytes <= unreadBytesPause) return false;
    this.#writer.flush();
    return this.#writer.waitingBytes > unreadBytesPause;
  }

  #pauseOrResume(): void {
    const wait = this.#mustWait();
    if (wait === this.#paused) return;
    this.#paused = wait;
    if (wait) this.#socket.pause();
    else {
      this.#frameBeganAt = performance.now();
      this.#socket.resume();
    }
  }

  #written(): void {
    this.#unreadSince = performance.now();
    if (this.#paused) this.continue();
    else this.#account();
  }

  #account(): void {
    const unread = this.#writer.waitingBytes;
    const buffered = this.#splitter.heldBytes + unread;
    const difference = buffered - this.#bufferedBytes;
    this.#bufferedBytes = buffered;
    if (unread > this.#owner.limits.unreadBytesMax) this.refuse(slowReader(unread));
    if (difference !== 0) this.#owner.bufferedBytesChanged(difference);
  }

  /** A peer that only closed its sending side still gets its answers. */
  #endWhenDone(): void {
    if (this.#ending && !this.#paused && this.#inFlight.count === 0) this.#socket.destroySoon();
  }

  /** Whole frames that arrived are still worked on: PHP services close right after writing. */
  #wasClosed(): void {
    this.#closed = true;
    this.continue();
    for (const listener of this.#closeListeners.splice(0)) listener();
  }
}

function unreadable(cause: unknown): TarsierError {
  return new TarsierError('TARS_PACKET', 'A packet cannot be read.', { cause });
}

function slowReader(unreadBytes: number): TarsierError {
  return new TarsierError('TARS_SLOW_READER', 'The peer does not read its replies.', {
    details: { unreadBytes },
  });
}

function slowSender(limits: ServerLimits): TarsierError {
  return new TarsierError('TARS_SLOW_SENDER', 'A frame did not arrive in time.', {
    details: { frameMsMax: limits.frameMsMax },
  });
}
