/** The controller's end of one socket: frames, limits and signs of life; knows no registry. */

import type { Socket } from 'node:net';
import { WebSocket, type RawData } from 'ws';
import type { ErrorCode } from '../../errors/codes.ts';
import { closeCodes } from '../../link/connection/close-codes.ts';
import { PeerWatch } from '../../link/connection/peer-watch.ts';
import { queuedBytesMaxDefault, SendQueue } from '../../link/connection/send-queue.ts';
import type { AgentMessage, ControllerMessage } from '../../link/messages/messages.ts';
import { decodeAgentMessage, encodeMessage, type Decoded } from '../../link/messages/wire.ts';
import { refuseVersion } from './admission.ts';

export interface AgentConnectionOptions {
  readonly deadAfterMs: number;
  readonly monotonicMs: () => number;
  onMessage(message: AgentMessage): void;
  /** There is room again after `hasRoom` was false. */
  onDrain(): void;
  /** Called exactly once. */
  onClose(): void;
}

export class AgentConnection {
  readonly #socket: WebSocket;
  readonly #tcp: Socket;
  readonly #options: AgentConnectionOptions;
  readonly #queue: SendQueue;
  readonly #watch: PeerWatch;
  #isEnding = false;

  constructor(socket: WebSocket, tcp: Socket, options: AgentConnectionOptions) {
    this.#socket = socket;
    this.#tcp = tcp;
    this.#options = options;
    this.#watch = new PeerWatch({ deadAfterMs: options.deadAfterMs, nowMs: options.monotonicMs });
    this.#queue = new SendQueue(socket, {
      queuedBytesMax: queuedBytesMaxDefault,
      onDrain: () => options.onDrain(),
    });
    socket.on('message', (data, isBinary) => this.#onFrame(data, isBinary));
    socket.on('pong', () => this.#watch.heard());
    socket.on('close', () => {
      this.#isEnding = true;
      options.onClose();
    });
  }

  get isOpen(): boolean {
    return !this.#isEnding && this.#socket.readyState === WebSocket.OPEN;
  }

  get remoteAddress(): string {
    return this.#tcp.remoteAddress ?? 'unknown address';
  }

  get silentMs(): number {
    return this.#watch.silentMs;
  }

  hasRoom(): boolean {
    return this.#queue.hasRoom();
  }

  /** For messages that are small, or whose room was asked for. */
  send(message: ControllerMessage): void {
    this.sendEncoded(encodeMessage(message));
  }

  sendEncoded(bytes: Uint8Array): void {
    this.#queue.sendRegardless(bytes);
  }

  /** Says why and ends the connection; the agent shows it to people. */
  refuse(code: ErrorCode, message: string): void {
    if (this.#isEnding) return;
    this.send({ type: 'refuse', code, message });
    this.#end(closeCodes.policy, code);
  }

  /** Ends the connection so that the agent comes back at once. */
  closeForRestart(): void {
    this.#end(closeCodes.restart, 'the controller restarts');
  }

  /** Ends the connection so that the agent comes back in a while. */
  closeForNow(reason: string): void {
    this.#end(closeCodes.tryAgainLater, reason);
  }

  terminate(): void {
    this.#isEnding = true;
    this.#socket.terminate();
  }

  /** Stops taking messages until `resumeReading`: the agent notices and waits. */
  pauseReading(): void {
    this.#socket.pause();
  }

  resumeReading(): void {
    this.#socket.resume();
  }

  /** Gives a sign of life and looks for one. Call it about every heartbeat. */
  checkLife(): 'alive' | 'dead' {
    if (this.#socket.isPaused) this.#watch.heard();
    if (this.isOpen && this.#queue.queuedBytes === 0) this.#socket.ping();
    return this.#watch.isDead(this.#tcp.bytesRead) ? 'dead' : 'alive';
  }

  #end(code: number, reason: string): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#socket.close(code, reason);
    // An agent that does not answer the close, or does not read, is cut off.
    setTimeout(() => this.#socket.terminate(), 2_000).unref();
  }

  #onFrame(data: RawData, isBinary: boolean): void {
    this.#watch.heard();
    if (this.#isEnding) return;
    const decoded: Decoded<AgentMessage> =
      isBinary && data instanceof Uint8Array
        ? decodeAgentMessage(data)
        : { ok: false, fault: 'the frame is not binary' };
    if (decoded.ok) return this.#options.onMessage(decoded.message);
    if (decoded.otherVersion !== undefined) {
      const refusal = refuseVersion(decoded.otherVersion);
      return this.refuse(refusal.code, refusal.message);
    }
    const message = `The agent sent a message that cannot be used: ${decoded.fault}. Run the same version of Tarsier on agent and controller.`;
    this.refuse('LINK_MESSAGE_INVALID', message);
  }
}
