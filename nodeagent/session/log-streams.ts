/** Answers requests for output: the last lines, and then whatever is added, at the pace of the link. */

import { watch, type FSWatcher } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogsChunk, LogsRequest } from '../../link/messages/messages.ts';
import { OutputReader, type Line } from '../output/output-reader.ts';

export interface LogStreamPorts {
  /** `undefined` for an instance that is not here. */
  folderOf(instance: string): string | undefined;
  /** False: not taken; call `drained` when there is room again. */
  send(chunk: LogsChunk): boolean;
}

const CHUNK_LINES = 500;
/** A single line may be longer than this by itself. */
const CHUNK_CHARACTERS = 256 * 1024;
const TAIL_LINES_MAX = 10_000;
const STREAMS_MAX = 64;
/** Beside the watcher, which a file system may not support. */
const POLL_MS = 1000;

export class LogStreams {
  readonly #ports: LogStreamPorts;
  readonly #streams = new Map<string, LogStream>();

  constructor(ports: LogStreamPorts) {
    this.#ports = ports;
  }

  open(request: LogsRequest): void {
    const { requestId } = request;
    const folder = this.#ports.folderOf(request.instance);
    const refusal = this.#refusal(request, folder);
    if (folder === undefined || refusal !== undefined) {
      const end = { code: 'error' as const, message: refusal ?? '' };
      this.#ports.send({ type: 'logs-chunk', requestId, lines: [], position: 0, end });
      return;
    }
    const onEnd = (): void => void this.#streams.delete(requestId);
    const stream = new LogStream(request, folder, { send: this.#ports.send, onEnd });
    this.#streams.set(requestId, stream);
    void stream.start();
  }

  cancel(requestId: string): void {
    this.#streams.get(requestId)?.cancel();
  }

  /** The link takes messages again. */
  drained(): void {
    for (const stream of this.#streams.values()) void stream.pump();
  }

  /** The connection is gone, and with it whoever asked. */
  closeAll(): void {
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
  }

  #refusal(request: LogsRequest, folder: string | undefined): string | undefined {
    if (folder === undefined) return `There is no instance ${request.instance} on this node.`;
    if (this.#streams.has(request.requestId)) return 'The request is already being answered.';
    if (this.#streams.size < STREAMS_MAX) return undefined;
    return `This node already answers ${STREAMS_MAX} requests for output. Close some of them.`;
  }
}

interface StreamPorts {
  readonly send: (chunk: LogsChunk) => boolean;
  readonly onEnd: () => void;
}

class LogStream {
  readonly #request: LogsRequest;
  readonly #folder: string;
  readonly #reader: OutputReader;
  readonly #ports: StreamPorts;
  #pending: readonly Line[] = [];
  #position = 0;
  /** Nothing more is to be read, for now. */
  #isAtEnd = false;
  /** What to say last, once all lines are out. */
  #end: LogsChunk['end'];
  #isClosed = false;
  #pumping: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #watcher: FSWatcher | undefined;

  constructor(request: LogsRequest, folder: string, ports: StreamPorts) {
    this.#request = request;
    this.#folder = folder;
    this.#ports = ports;
    this.#reader = new OutputReader(folder);
  }

  async start(): Promise<void> {
    const { from, contains, follow } = this.#request;
    this.#pumping = this.#guard(async () => {
      if ('position' in from) this.#position = from.position;
      else {
        const count = Math.min(from.tailLines, TAIL_LINES_MAX);
        const tail = await this.#reader.lastLines(count, contains);
        this.#pending = tail.lines;
        this.#position = tail.position;
        this.#isAtEnd = !follow;
      }
    });
    await this.#pumping;
    this.#pumping = undefined;
    if (this.#isClosed) return;
    if (follow) this.#watch();
    await this.pump();
  }

  /** Sends as much as the link takes; may be called at any time. */
  async pump(): Promise<void> {
    this.#pumping ??= this.#guard(async () => {
      // Other work gets its turn: output may be large, and a filter may let nothing of it pass.
      while (!this.#isClosed && this.#sendNext()) await nextTurn();
    }).finally(() => {
      this.#pumping = undefined;
    });
    await this.#pumping;
    if (this.#end !== undefined) this.#sendEnd(this.#end);
  }

  cancel(): void {
    this.#pending = [];
    this.#isAtEnd = true;
    this.#end ??= { code: 'cancelled' };
    void this.pump();
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#watcher?.close();
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#end ??= { code: 'error', message: (error as Error).message };
    }
  }

  /** True while there may be more to do at once. */
  #sendNext(): boolean {
    if (this.#pending.length > 0) return this.#sendLines();
    if (this.#isAtEnd) {
      if (!this.#request.follow) this.#end ??= { code: 'done' };
      return false;
    }
    const { contains } = this.#request;
    const next = this.#reader.linesFrom(this.#position);
    this.#position = next.position;
    this.#isAtEnd = next.atEnd;
    this.#pending = next.lines.filter(({ text }) => text.includes(contains ?? ''));
    return true;
  }

  #sendLines(): boolean {
    let characters = 0;
    const tooMuch = this.#pending.findIndex(({ text }, index) => {
      characters += text.length;
      return index >= CHUNK_LINES || (index > 0 && characters > CHUNK_CHARACTERS);
    });
    const lines = tooMuch < 0 ? this.#pending : this.#pending.slice(0, tooMuch);
    const rest = this.#pending.slice(lines.length);
    const position = rest.length === 0 ? this.#position : (lines.at(-1)?.end ?? this.#position);
    const { requestId } = this.#request;
    const texts = lines.map(({ text }) => text);
    if (!this.#ports.send({ type: 'logs-chunk', requestId, lines: texts, position })) return false;
    this.#pending = rest;
    return true;
  }

  /** Tried again when the link has room: whoever asked waits for this. */
  #sendEnd(end: NonNullable<LogsChunk['end']>): void {
    if (this.#isClosed) return;
    const { requestId } = this.#request;
    const position = this.#position;
    if (!this.#ports.send({ type: 'logs-chunk', requestId, lines: [], position, end })) return;
    this.close();
    this.#ports.onEnd();
  }

  #watch(): void {
    const look = (): void => {
      if (this.#end !== undefined) return;
      this.#isAtEnd = false;
      void this.pump();
    };
    this.#timer = setInterval(look, POLL_MS);
    try {
      this.#watcher = watch(this.#folder, look);
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      this.#watcher = undefined;
    }
  }
}
