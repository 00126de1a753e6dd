/** One connection of a TARS client: many calls in flight, matched to their replies by request id. */

import { connect, type Socket } from 'node:net';
import { TarsierError, type TarsierErrorOptions } from '../../errors/tarsier-error.ts';
import type { ErrorCode } from '../../errors/codes.ts';
import { decodeStruct } from '../codec/decode.ts';
import { ResponsePacket } from '../framework/packets.ts';
import { BatchedWriter } from './batched-writer.ts';
import type { ClientLimits } from './client-limits.ts';
import { FrameSplitter } from './frame-splitter.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface ConnectionEvents {
  /** A packet that nobody asked for. */
  pushed(packet: ResponsePacket): void;
  /** New calls must take another connection; calls in flight go on until `closed`. */
  retired(): void;
}

interface PendingCall {
  readonly resolve: (packet: ResponsePacket) => void;
  readonly reject: (error: TarsierError) => void;
  readonly timer: NodeJS.Timeout;
}

interface Opening {
  readonly resolve: () => void;
  readonly reject: (error: TarsierError) => void;
}

const REQUEST_ID_MAX = 0x7fff_ffff;
/** What a stopping Go server says to its clients. */
const RECONNECT = '_reconnect_';

export class ClientConnection {
  readonly #endpoint: Endpoint;
  readonly #limits: ClientLimits;
  readonly #events: ConnectionEvents;
  readonly #socket: Socket;
  readonly #writer: BatchedWriter;
  readonly #splitter: FrameSplitter;
  readonly #pending = new Map<number, PendingCall>();
  readonly #opening: Opening[] = [];
  readonly #connectTimer: NodeJS.Timeout;
  #isOpen = false;
  #isClosed = false;
  #isRetired = false;
  #lastId = 0;
  #heardAt = 0;

  constructor(endpoint: Endpoint, limits: ClientLimits, events: ConnectionEvents) {
    this.#endpoint = endpoint;
    this.#limits = limits;
    this.#events = events;
    this.#splitter = new FrameSplitter(limits.frameBytesMax);
    this.#socket = connect({ host: endpoint.host, port: endpoint.port, noDelay: true });
    this.#writer = new BatchedWriter(this.#socket);
    this.#connectTimer = setTimeout(() => this.#connectTimedOut(), limits.connectTimeoutMs);
    this.#socket.on('connect', () => this.#opened());
    this.#socket.on('data', (chunk: Uint8Array) => this.#received(chunk));
    this.#socket.on('error', (cause) => this.#fail({ cause }));
    this.#socket.on('close', () => this.#fail());
  }

  /** An id that no call in flight has; 0 stands for pushes. */
  nextId(): number {
    do {
      this.#lastId = this.#lastId === REQUEST_ID_MAX ? 1 : this.#lastId + 1;
    } while (this.#pending.has(this.#lastId));
    return this.#lastId;
  }

  call(id: number, frame: Uint8Array, timeoutMs: number): Promise<ResponsePacket> {
    return new Promise((resolve, reject) => {
      if (!this.#admit(reject)) return;
      const sentAt = performance.now();
      const timer = setTimeout(() => this.#timedOut(id, timeoutMs, sentAt), timeoutMs);
      this.#pending.set(id, { resolve, reject, timer });
      this.#writer.write(frame);
    });
  }

  /** Resolves when the request is on its way; nothing comes back. */
  callOneWay(frame: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.#admit(reject)) return;
      this.#writer.write(frame);
      if (this.#isOpen) resolve();
      else this.#opening.push({ resolve, reject });
    });
  }

  /** Sends what is queued, then closes; calls in flight fail. */
  close(): void {
    this.#writer.flush();
    if (this.#isOpen) this.#socket.destroySoon();
    else this.#socket.destroy();
    this.#fail();
  }

  #admit(reject: (error: TarsierError) => void): boolean {
    if (this.#isClosed) {
      reject(this.#error('TARS_DISCONNECTED', 'the connection is closed'));
      return false;
    }
    const { inFlightMax, unsentBytesMax } = this.#limits;
    const isFull = this.#pending.size + this.#opening.length >= inFlightMax;
    if (!isFull && this.#writer.waitingBytes <= unsentBytesMax) return true;
    reject(this.#error('TARS_CALL_BUSY', `${this.#pending.size} calls wait for it already`));
    return false;
  }

  #opened(): void {
    clearTimeout(this.#connectTimer);
    this.#isOpen = true;
    for (const { resolve } of this.#opening.splice(0)) resolve();
  }

  #received(chunk: Uint8Array): void {
    if (this.#isClosed) return;
    this.#heardAt = performance.now();
    this.#splitter.push(chunk);
    try {
      for (let packet = this.#splitter.next(); packet; packet = this.#splitter.next()) {
        this.#reply(decodeStruct(ResponsePacket, packet));
      }
    } catch (cause) {
      this.#fail({ cause, details: { reason: 'an unreadable reply' } });
    }
  }

  #reply(packet: ResponsePacket): void {
    if (packet.iRequestId === 0) {
      if (packet.sResultDesc === RECONNECT) this.#retire();
      else this.#events.pushed(packet);
      return;
    }
    const call = this.#pending.get(packet.iRequestId);
    if (call === undefined) return;
    this.#pending.delete(packet.iRequestId);
    clearTimeout(call.timer);
    call.resolve(packet);
    this.#closeWhenUnused();
  }

  #timedOut(id: number, timeoutMs: number, sentAt: number): void {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    call?.reject(this.#error('TARS_TIMEOUT', `it gave no answer in ${timeoutMs} ms`));
    // No sign of life since, or stuck in the middle of a reply: new calls take a new connection.
    if (this.#heardAt < sentAt || this.#splitter.isPartial) this.#retire();
    this.#closeWhenUnused();
  }

  #connectTimedOut(): void {
    const { connectTimeoutMs } = this.#limits;
    this.#fail({ cause: new Error(`no connection in ${connectTimeoutMs} ms`) });
  }

  #retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.#events.retired();
    this.#closeWhenUnused();
  }

  #closeWhenUnused(): void {
    if (this.#isRetired && this.#pending.size === 0) this.close();
  }

  #fail(options: TarsierErrorOptions = {}): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#connectTimer);
    this.#retire();
    this.#splitter.clear();
    const error = this.#isOpen
      ? this.#error('TARS_DISCONNECTED', 'the connection ended before the reply came', options)
      : this.#error('TARS_CONNECT', 'no connection could be opened', options);
    if (options.cause !== undefined) this.#socket.destroy();
    for (const { reject } of this.#opening.splice(0)) reject(error);
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#pending.clear();
  }

  #error(code: ErrorCode, what: string, options: TarsierErrorOptions = {}): TarsierError {
    const { host, port } = this.#endpoint;
    const because = options.cause instanceof Error ? ` (${options.cause.message})` : '';
    return new TarsierError(
      code,
      `Cannot call the TARS server at ${host}:${port}: ${what}${because}.`,
      { ...options, details: { host, port, ...options.details } },
    );
  }
}
