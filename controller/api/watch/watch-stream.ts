/**
 * One watcher: all items first, then what changes, as server-sent events. Level triggered: it always
 * sends how things are now, so a slow reader gets fewer events, never old ones and no growing queue.
 */

import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { ChangeFeed } from './change-feed.ts';

/** What a stream shows; made anew for each look. */
export interface WatchView {
  readonly revision: number;
  readonly asOf: number;
  keys(): readonly string[];
  /** As JSON; `undefined` when the item is gone, or does not fit the filters. */
  get(key: string): string | undefined;
}

export interface WatchOptions {
  readonly kind: string;
  look(): WatchView;
  /** Where the reader stopped; `undefined` to begin with everything. */
  readonly startNumber: number | undefined;
  /** At least this long between two events. */
  readonly restMs: number;
}

const itemsPerEvent = 200;
const bufferedBytesMax = 1024 * 1024;
/** A reader that takes nothing for this long is gone, or as good as gone. */
const stuckMs = 30_000;
const keepAliveMs = 15_000;

type EventName = 'sync' | 'change';

export class WatchStream {
  readonly #feed: ChangeFeed;
  readonly #response: ServerResponse;
  readonly #options: WatchOptions;
  readonly #unsubscribe: () => void;
  readonly #keepAlive: NodeJS.Timeout;
  #number: number | undefined;
  #isPumping = false;
  #isDirty = false;

  constructor(feed: ChangeFeed, response: ServerResponse, options: WatchOptions) {
    this.#feed = feed;
    this.#response = response;
    this.#options = options;
    this.#number = options.startNumber;
    this.#unsubscribe = feed.subscribe(() => this.#wake());
    this.#keepAlive = setInterval(() => this.#writeKeepAlive(), keepAliveMs);
    response.once('close', () => this.#stop());
    response.on('error', () => undefined);
    this.#wake();
  }

  /** Ends in good order: the reader comes back and goes on. */
  end(): void {
    this.#stop();
    this.#response.end();
  }

  #stop(): void {
    this.#unsubscribe();
    clearInterval(this.#keepAlive);
  }

  #wake(): void {
    this.#isDirty = true;
    if (!this.#isPumping) void this.#pump();
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    try {
      while (this.#isDirty && this.#isOpen) {
        this.#isDirty = false;
        await this.#tell();
        if (this.#options.restMs > 0) await delay(this.#options.restMs);
      }
    } catch {
      // Not even half an event may stay in the reader's buffer: it comes back and goes on.
      this.#response.destroy();
    } finally {
      this.#isPumping = false;
    }
  }

  get #isOpen(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded;
  }

  async #tell(): Promise<void> {
    const { ring } = this.#feed;
    const { kind } = this.#options;
    let number = ring.last;
    const changed = this.#number === undefined ? undefined : ring.sinceNumber(kind, this.#number);
    if (changed === undefined) {
      // What this reader is about to see must be noticed, so that its end will be noticed too.
      this.#feed.look();
      number = ring.last;
    }
    const view = this.#options.look();
    if (changed === undefined) await this.#send('sync', view, view.keys(), number);
    else if (changed.size > 0) await this.#send('change', view, [...changed], number);
    this.#number = number;
  }

  /** In pieces, so that a long list never fills the buffer. The last piece carries the id. */
  async #send(
    event: EventName,
    view: WatchView,
    keys: readonly string[],
    number: number,
  ): Promise<void> {
    for (let start = 0; start === 0 || start < keys.length; start += itemsPerEvent) {
      const part = keys.slice(start, start + itemsPerEvent);
      const found = part.map((key) => ({ key, item: view.get(key) }));
      const isLast = start + itemsPerEvent >= keys.length;
      const head = { revision: view.revision, asOf: view.asOf };
      const place = event === 'sync' && { first: start === 0, last: isLast };
      const gone = found.flatMap(({ key, item }) => (item === undefined ? [key] : []));
      const data = joinJson(
        { ...head, ...place, ...(event === 'change' && { removed: gone }) },
        found.flatMap(({ item }) => item ?? []),
      );
      const id = isLast ? `id: ${this.#feed.epoch}-${number}\n` : '';
      await this.#write(`${id}event: ${event}\ndata: ${data}\n\n`);
    }
  }

  async #write(text: string): Promise<void> {
    if (!this.#isOpen) throw new Error('closed');
    if (this.#response.write(text)) return;
    await this.#drained();
  }

  #drained(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => done(new Error('stuck')), stuckMs);
      const onDrain = () => done();
      const onClose = () => done(new Error('closed'));
      const done = (error?: Error) => {
        clearTimeout(timer);
        this.#response.off('drain', onDrain).off('close', onClose);
        if (error === undefined) resolve();
        else reject(error);
      };
      this.#response.on('drain', onDrain).on('close', onClose);
    });
  }

  #writeKeepAlive(): void {
    if (this.#response.writableLength > bufferedBytesMax) this.#response.destroy();
    else if (!this.#isPumping && this.#isOpen) this.#response.write(': still here\n\n');
  }
}

/** The items are JSON already: each went through the schema of its kind. */
function joinJson(head: object, items: readonly string[]): string {
  return `${JSON.stringify(head).slice(0, -1)},"items":[${items.join(',')}]}`;
}
