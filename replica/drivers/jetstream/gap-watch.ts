/** Notices messages that vanished from between the others, as they do when a server finds damaged files. */

import type { LogStream } from './log-stream.ts';

export class GapWatch {
  readonly #stream: LogStream;
  #known = 0;

  constructor(stream: LogStream) {
    this.#stream = stream;
  }

  /** Whether messages are missing that were there the last time. The first time, any are. */
  async findNew(): Promise<boolean> {
    const { deleted } = await this.#stream.state();
    const isNew = deleted > this.#known;
    this.#known = deleted;
    return isNew;
  }
}
