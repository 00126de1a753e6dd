/** Content on its way to one member: a bounded queue between who reads the source and who sends. */

export class Lane implements AsyncIterable<Uint8Array> {
  readonly #bufferBytes: number;
  readonly #chunks: Uint8Array[] = [];
  #queuedBytes = 0;
  #state: 'open' | 'ended' | 'left' = 'open';
  #failure: { readonly error: unknown } | undefined;
  #wakeReader = (): void => {};
  #wakeWriter = (): void => {};
  /** How long the source had to wait for this member, in all. */
  waitedMs = 0;

  constructor(bufferBytes: number) {
    this.#bufferBytes = bufferBytes;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get isFull(): boolean {
    return this.isOpen && this.#queuedBytes >= this.#bufferBytes;
  }

  /** The caller waits while it is full, or leaves it. */
  add(chunk: Uint8Array): void {
    if (!this.isOpen) return;
    this.#chunks.push(chunk);
    this.#queuedBytes += chunk.length;
    this.#wakeReader();
  }

  /** Resolves when there is room, nobody sends any more, or `timeoutMs` are over. */
  async room(timeoutMs: number): Promise<void> {
    if (!this.isFull) return;
    const start = performance.now();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wakeWriter = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.waitedMs += performance.now() - start;
  }

  /** The source has ended; what is queued is still sent. */
  end(): void {
    if (this.isOpen) this.#state = 'ended';
    this.#wakeReader();
  }

  /** The sender sees `error` next. */
  fail(error: unknown): void {
    this.#failure = { error };
    this.leave();
  }

  /** Nothing more is sent here: the source goes on without it. */
  leave(): void {
    if (this.#state !== 'left') this.#state = 'left';
    this.#chunks.length = 0;
    this.#queuedBytes = 0;
    this.#wakeReader();
    this.#wakeWriter();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        if (this.#failure !== undefined) throw this.#failure.error;
        const chunk = this.#chunks.shift();
        if (chunk !== undefined) {
          this.#queuedBytes -= chunk.length;
          if (!this.isFull) this.#wakeWriter();
          yield chunk;
        } else if (this.#state === 'ended') {
          return;
        } else if (this.#state === 'left') {
          throw new Error('the content goes on without this member');
        } else {
          await new Promise<void>((resolve) => (this.#wakeReader = resolve));
        }
      }
    } finally {
      this.leave();
    }
  }
}

export interface TeeOptions {
  /** See `ReplicationLimits.slowMsMax`. */
  readonly slowMsMax: number;
  /** How many lanes must stay for the content to count. */
  readonly needed: number;
  /** A lane that does not move for so long is left whether it is needed or not. */
  readonly stuckMsMax: number;
  /** Lanes whose members turned out to have the content already. */
  readonly served: () => number;
}

/** Yields the source, and adds it to every lane on the way. The slowest lane that is kept sets the pace. */
export async function* tee(
  source: AsyncIterable<Uint8Array>,
  lanes: readonly Lane[],
  options: TeeOptions,
): AsyncGenerator<Uint8Array> {
  let ended = false;
  try {
    for await (const chunk of source) {
      for (const lane of lanes) await makeRoom(lane, lanes, options);
      for (const lane of lanes) lane.add(chunk);
      yield chunk;
    }
    ended = true;
  } catch (error) {
    for (const lane of lanes) lane.fail(error);
    throw error;
  } finally {
    for (const lane of lanes) {
      if (ended) lane.end();
      else lane.leave();
    }
  }
}

async function makeRoom(lane: Lane, lanes: readonly Lane[], options: TeeOptions): Promise<void> {
  const start = performance.now();
  while (lane.isFull) {
    const others = lanes.filter((other) => other !== lane && other.isOpen).length;
    const canGo = others + options.served() >= options.needed;
    const patienceMs = canGo
      ? options.slowMsMax - lane.waitedMs
      : options.stuckMsMax - (performance.now() - start);
    if (patienceMs <= 0) lane.leave();
    else await lane.room(patienceMs);
  }
}
