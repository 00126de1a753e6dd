/** Streams of an instance's output, asked of its agent: bounded, and never losing a line. */

import { TarsierError } from '../../errors/tarsier-error.ts';
import type { LogsCancel, LogsChunk, LogsRequest } from '../../link/messages/messages.ts';

export interface LogsOptions {
  readonly from: LogsRequest['from'];
  readonly follow: boolean;
  /** Only lines that contain this text. */
  readonly contains?: string;
  /** Ends the stream, without an error. */
  readonly signal?: AbortSignal;
}

export interface LogsPiece {
  readonly lines: readonly string[];
  /** Byte position behind the last line: a later request may go on from here. */
  readonly position: number;
}

const streamsMax = 16;
/** A reader that lags this far behind makes the agent stop; it goes on from the same position. */
const waitingPiecesMax = 64;
const waitingCharactersMax = 2 * 1024 * 1024;

/** The streams of one agent. */
export class LogStreams {
  readonly #send: (message: LogsRequest | LogsCancel) => void;
  readonly #streams = new Map<string, LogStream>();
  #open = 0;
  #count = 0;
  #failed: TarsierError | undefined;

  constructor(send: (message: LogsRequest | LogsCancel) => void) {
    this.#send = send;
  }

  /** `LOGS_BUSY`, `LOGS_FAILED`, or `AGENT_OFFLINE` when the agent goes away meanwhile. */
  async *read(instance: string, options: LogsOptions): AsyncGenerator<LogsPiece, void, undefined> {
    if (this.#open >= streamsMax) {
      throw new TarsierError(
        'LOGS_BUSY',
        `${streamsMax} log streams of this node are open already.`,
      );
    }
    this.#open += 1;
    const stream = new LogStream(instance, options, {
      request: (current, request) => {
        const requestId = `l${(this.#count += 1)}`;
        if (this.#failed !== undefined) {
          current.fail(this.#failed);
          return requestId;
        }
        this.#streams.set(requestId, current);
        this.#send({ type: 'logs-request', requestId, ...request });
        return requestId;
      },
      cancel: (requestId) => {
        if (this.#streams.delete(requestId)) this.#send({ type: 'logs-cancel', requestId });
      },
    });
    try {
      yield* stream.pieces();
    } finally {
      this.#open -= 1;
    }
  }

  /** A chunk for a request that nobody waits for any more is dropped. */
  onChunk(chunk: LogsChunk): void {
    const stream = this.#streams.get(chunk.requestId);
    if (stream === undefined) return;
    if (chunk.end !== undefined) this.#streams.delete(chunk.requestId);
    stream.onChunk(chunk);
  }

  /** The agent is gone: every stream ends with this error. */
  fail(error: TarsierError): void {
    this.#failed = error;
    for (const stream of this.#streams.values()) stream.fail(error);
    this.#streams.clear();
  }
}

interface LogStreamPorts {
  request(stream: LogStream, request: Omit<LogsRequest, 'type' | 'requestId'>): string;
  cancel(requestId: string): void;
}

class LogStream {
  readonly #instance: string;
  readonly #options: LogsOptions;
  readonly #ports: LogStreamPorts;
  readonly #waiting: LogsPiece[] = [];
  #waitingCharacters = 0;
  #requestId: string | undefined;
  #position: number | undefined;
  #isDone = false;
  #error: TarsierError | undefined;
  #wake: () => void = () => {};

  constructor(instance: string, options: LogsOptions, ports: LogStreamPorts) {
    this.#instance = instance;
    this.#options = options;
    this.#ports = ports;
  }

  async *pieces(): AsyncGenerator<LogsPiece, void, undefined> {
    const { signal } = this.#options;
    const onAbort = () => this.#wake();
    signal?.addEventListener('abort', onAbort);
    try {
      for (;;) {
        if (signal?.aborted === true) return;
        const piece = this.#take();
        if (piece !== undefined) yield piece;
        else if (this.#error !== undefined) throw this.#error;
        else if (this.#isDone) return;
        else await this.#next();
      }
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#cancel();
    }
  }

  onChunk({ lines, position, end }: LogsChunk): void {
    this.#position = position;
    if (lines.length > 0) {
      this.#waiting.push({ lines, position });
      this.#waitingCharacters += sizeOf(lines);
    }
    if (end !== undefined) this.#onEnd(end);
    else if (this.#isFull()) this.#cancel();
    this.#wake();
  }

  fail(error: TarsierError): void {
    this.#requestId = undefined;
    this.#error = error;
    this.#wake();
  }

  #onEnd({ code, message }: NonNullable<LogsChunk['end']>): void {
    this.#requestId = undefined;
    this.#isDone = true;
    if (code !== 'error') return;
    const text = message ?? `The agent could not read the output of ${this.#instance}.`;
    this.#error = new TarsierError('LOGS_FAILED', text);
  }

  #take(): LogsPiece | undefined {
    const piece = this.#waiting.shift();
    if (piece !== undefined) this.#waitingCharacters -= sizeOf(piece.lines);
    return piece;
  }

  #isFull(): boolean {
    return (
      this.#waiting.length >= waitingPiecesMax || this.#waitingCharacters >= waitingCharactersMax
    );
  }

  #cancel(): void {
    if (this.#requestId !== undefined) this.#ports.cancel(this.#requestId);
    this.#requestId = undefined;
  }

  /** Asks for more if nothing is under way, and waits until something happens. */
  async #next(): Promise<void> {
    const woken = new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#requestId === undefined) {
      const { follow, contains, from } = this.#options;
      this.#requestId = this.#ports.request(this, {
        instance: this.#instance,
        from: this.#position === undefined ? from : { position: this.#position },
        follow,
        ...(contains === undefined ? {} : { contains }),
      });
    }
    await woken;
  }
}

function sizeOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length, 0);
}
