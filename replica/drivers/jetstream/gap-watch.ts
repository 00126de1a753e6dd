/** Notices messages that vanished from between the others, as they do when a server finds damaged files. */

import { endOf } from './batch.ts';
import { readMessage } from './find-continuation.ts';
import type { LogStream } from './log-stream.ts';

export class GapWatch {
  readonly #stream: LogStream;
  #known = 0;

  constructor(stream: LogStream) {
    this.#stream = stream;
  }

  /** The first entry that is missing, when messages are missing that were there the last time. */
  async findNew(): Promise<number | undefined> {
    const { deleted } = await this.#stream.state();
    const isNew = deleted > this.#known;
    if (!isNew) this.#known = deleted;
    const [firstMissing] = isNew ? await this.#stream.missing() : [];
    if (firstMissing === undefined) return undefined;
    const before = await this.#stream.next(firstMissing - 1);
    const batch = before && readMessage(before);
    this.#known = deleted;
    return batch && endOf(batch).sequence + 1;
  }
}
