/** One connection of an agent to a controller, from the first byte to its end. */

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { rootCertificates } from 'node:tls';
import { WebSocket, type RawData } from 'ws';
import type { AgentMessage, ControllerMessage, Refuse, Welcome } from '../messages/messages.ts';
import { frameBytesMax } from '../messages/check-frame.ts';
import { decodeControllerMessage, encodeMessage } from '../messages/wire.ts';
import { closeCodes } from './close-codes.ts';
import { TargetsJoiner } from './join-targets.ts';
import { PeerWatch } from './peer-watch.ts';
import { readRefusal } from './read-refusal.ts';
import { queuedBytesMaxDefault, SendQueue } from './send-queue.ts';
import type { LinkTiming } from './timing.ts';

/** Everything that a controller says once the agent is in. */
export type TaskMessage = Exclude<ControllerMessage, Welcome | Refuse>;

/** Why a connection ended. */
export interface AttemptEnd {
  readonly message: string;
  /** The controller said no, and will again until something is changed. */
  readonly refusal?: { readonly code: string; readonly message: string };
  /** The controller restarts on purpose and is back soon. */
  readonly orderly: boolean;
}

export interface AttemptOptions {
  readonly url: string;
  readonly token: string;
  /** Certificates to trust beside the system's, in PEM. */
  readonly ca?: string;
  readonly hello: AgentMessage;
  readonly timing: LinkTiming;
  readonly nowMs: () => number;
  onWelcome(welcome: Welcome): void;
  onMessage(message: TaskMessage): void;
  onDrain(): void;
  /** Called exactly once. */
  onEnd(end: AttemptEnd): void;
}

export class ConnectionAttempt {
  readonly #options: AttemptOptions;
  readonly #socket: WebSocket;
  readonly #queue: SendQueue;
  readonly #joiner = new TargetsJoiner();
  readonly #watch: PeerWatch;
  readonly #startedAtMs: number;
  #timer: NodeJS.Timeout;
  #tcp: Socket | undefined;
  #welcomed = false;
  #ended = false;
  #why: Omit<AttemptEnd, 'orderly'> | undefined;

  constructor(options: AttemptOptions) {
    const { timing, nowMs } = options;
    this.#options = options;
    this.#startedAtMs = nowMs();
    this.#watch = new PeerWatch({ deadAfterMs: timing.deadAfterMs, nowMs });
    this.#socket = new WebSocket(options.url, {
      headers: { authorization: `Bearer ${options.token}` },
      handshakeTimeout: timing.connectTimeoutMs,
      maxPayload: frameBytesMax,
      perMessageDeflate: false,
      followRedirects: false,
      ...(options.ca === undefined ? {} : { ca: [...rootCertificates, options.ca] }),
    });
    this.#queue = new SendQueue(this.#socket, {
      queuedBytesMax: queuedBytesMaxDefault,
      onDrain: () => options.onDrain(),
    });
    this.#listen();
    this.#timer = setInterval(() => this.#tick(), timing.heartbeatMs);
  }

  get isWelcomed(): boolean {
    return this.#welcomed && !this.#ended;
  }

  send(message: AgentMessage): boolean {
    return this.isWelcomed && this.#queue.hasRoom() && this.#queue.send(encodeMessage(message));
  }

  /** Ends the connection in good order; `onEnd` follows. */
  close(): void {
    this.#socket.close(closeCodes.normal);
    // A peer that does not answer the close must not keep us here.
    setTimeout(() => this.#socket.terminate(), 1_000).unref();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('upgrade', (response) => (this.#tcp = response.socket));
    socket.on('unexpected-response', (_request, response) => void this.#onHttpAnswer(response));
    socket.on('open', () => this.#queue.send(encodeMessage(this.#options.hello)));
    socket.on('message', (data, isBinary) => this.#onFrame(data, isBinary));
    socket.on('pong', () => this.#watch.heard());
    socket.on('error', (error) => (this.#why ??= { message: describe(error) }));
    socket.on('close', (code, reason) => this.#onClose(code, reason.toString()));
  }

  async #onHttpAnswer(response: IncomingMessage): Promise<void> {
    this.#why ??= await readRefusal(response);
    this.#socket.terminate();
  }

  #onFrame(data: RawData, isBinary: boolean): void {
    this.#watch.heard();
    if (this.#ended || this.#why !== undefined) return;
    const decoded = isBinary && data instanceof Uint8Array && decodeControllerMessage(data);
    if (decoded === false) return this.#fail('the controller sent a frame that is not binary');
    if (!decoded.ok)
      return this.#fail(`the controller sent a message we cannot use: ${decoded.fault}`);
    this.#onMessage(decoded.message);
  }

  #onMessage(message: ControllerMessage): void {
    if (message.type === 'refuse') {
      const { code, message: text } = message;
      this.#why = { message: text, refusal: { code, message: text } };
      return this.#socket.close(closeCodes.normal);
    }
    if (message.type === 'welcome') {
      if (this.#welcomed) return this.#fail('the controller sent a second welcome');
      this.#welcomed = true;
      clearInterval(this.#timer);
      this.#timer = setInterval(() => this.#tick(), Math.max(10, message.heartbeatMs));
      return this.#options.onWelcome(message);
    }
    if (!this.#welcomed) return this.#fail(`the controller sent ${message.type} before welcome`);
    if (message.type !== 'targets') return this.#options.onMessage(message);
    const whole = this.#joiner.add(message);
    if (whole === 'too-many')
      return this.#fail('the controller sent more targets than a node holds');
    if (whole !== undefined) this.#options.onMessage(whole);
  }

  /** Notes why before it cuts: what the socket says afterwards is only the consequence. */
  #fail(message: string): void {
    this.#why ??= { message };
    this.#socket.terminate();
  }

  #tick(): void {
    const { deadAfterMs, connectTimeoutMs } = this.#options.timing;
    if (this.#socket.readyState === WebSocket.OPEN) {
      // With bytes waiting, the peer gets these first; more would only pile up.
      if (this.#queue.queuedBytes === 0) {
        if (this.#welcomed) this.#queue.send(encodeMessage({ type: 'heartbeat' }));
        this.#socket.ping();
      }
      if (this.#watch.isDead(this.#tcp?.bytesRead ?? 0)) {
        this.#fail(`nothing was heard from the controller for ${deadAfterMs / 1_000} s`);
      }
    }
    if (!this.#welcomed && this.#options.nowMs() - this.#startedAtMs > connectTimeoutMs) {
      this.#fail(`the controller did not welcome the agent within ${connectTimeoutMs / 1_000} s`);
    }
  }

  #onClose(code: number, reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    const text = reason === '' ? `code ${code}` : reason;
    const why = this.#why ?? { message: `the connection was closed (${text})` };
    this.#options.onEnd({
      ...why,
      orderly: code === closeCodes.restart && this.#why === undefined,
    });
  }
}

function describe(error: Error & { readonly code?: unknown }): string {
  const code = typeof error.code === 'string' ? error.code : '';
  // An AggregateError of several addresses has an empty message of its own.
  return error.message === '' ? `the connection failed (${code})` : error.message;
}
