/** Answers requests for output: the last lines, and then whatever is added, at the pace of the link. */

import { watch, type FSWatcher } from 'node:fs';
import type { LogsChunk, LogsRequest } from '../../link/messages/messages.ts';
import { readLastLines, readLinesFrom, type Line } from '../output/read-lines.ts';

export interface LogStreamPorts {
  /** `undefined` for an instance that is not here. */
  folderOf(instance: string): string | undefined;
  /** False: not taken; `drained` is called when there is room again. */
  send(chunk: LogsChunk): boolean;
}

const CHUNK_LINES = 500;
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
    stream.pump();
  }

  cancel(requestId: string): void {
    this.#streams.get(requestId)?.cancel();
  }

  /** The link takes messages again. */
  drained(): void {
    for (const stream of this.#streams.values()) stream.pump();
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
  readonly #ports: StreamPorts;
  #pending: Line[] = [];
  #position: number;
  #isAtEnd = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #watcher: FSWatcher | undefined;

  constructor(request: LogsRequest, folder: string, ports: StreamPorts) {
    this.#request = request;
    this.#folder = folder;
    this.#ports = ports;
    const { from, contains } = request;
    if ('position' in from) this.#position = from.position;
    else {
      const tail = readLastLines(folder, Math.min(from.tailLines, TAIL_LINES_MAX), contains);
      this.#pending = [...tail.lines];
      this.#position = tail.position;
      this.#isAtEnd = !request.follow;
    }
    if (request.follow) this.#watch();
  }

  /** Sends as much as the link takes; safe to call at any time. */
  pump(): void {
    try {
      while (!this.#isClosed && this.#sendNext());
    } catch (error) {
      this.#finish({ code: 'error', message: (error as Error).message });
    }
  }

  cancel(): void {
    this.#finish({ code: 'cancelled' });
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#watcher?.close();
  }

  #sendNext(): boolean {
    if (this.#pending.length === 0 && !this.#isAtEnd) this.#readMore();
    const lines = this.#pending.slice(0, CHUNK_LINES);
    const last = lines.at(-1);
    if (last !== undefined) {
      if (!this.#send(lines, this.#pending.length > lines.length ? last.end : this.#position)) {
        return false;
      }
      this.#pending = this.#pending.slice(lines.length);
      return true;
    }
    if (!this.#isAtEnd) return true;
    if (this.#request.follow) return false;
    this.#finish({ code: 'done' });
    return false;
  }

  #readMore(): void {
    const { contains } = this.#request;
    const chunk = readLinesFrom(this.#folder, this.#position);
    this.#position = chunk.position;
    this.#isAtEnd = chunk.atEnd;
    this.#pending = chunk.lines.filter(
      ({ text }) => contains === undefined || text.includes(contains),
    );
  }

  #send(lines: readonly Line[], position: number): boolean {
    const { requestId } = this.#request;
    const texts = lines.map(({ text }) => text);
    return this.#ports.send({ type: 'logs-chunk', requestId, lines: texts, position });
  }

  #finish(end: NonNullable<LogsChunk['end']>): void {
    if (this.#isClosed) return;
    this.close();
    const { requestId } = this.#request;
    this.#ports.send({ type: 'logs-chunk', requestId, lines: [], position: this.#position, end });
    this.#ports.onEnd();
  }

  #watch(): void {
    const look = (): void => {
      this.#isAtEnd = false;
      this.pump();
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
