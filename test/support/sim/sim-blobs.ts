/** The blobs that all members share, over the network and on disks that fill up. */

import { hash as cryptoHash } from 'node:crypto';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import type { BlobInfo, Blobs, Digest } from '../../../replica/core/blobs.ts';
import type { EventLoop } from './event-loop.ts';
import type { Network } from './network.ts';
import type { SimProcess } from './sim-process.ts';

export class BlobStore {
  readonly contents = new Map<Digest, Uint8Array>();
  isFull = false;
  /** At most one of them is damaged: two in a row would be a loss that nothing can repair. */
  damaged: Digest | undefined;
  readonly #onPut: (content: Uint8Array) => void;

  constructor(onPut: (content: Uint8Array) => void) {
    this.#onPut = onPut;
  }

  put(digest: Digest, content: Uint8Array): BlobInfo | TarsierError {
    if (this.isFull) return new TarsierError('STORAGE_FULL', 'the disk is full');
    this.#onPut(content);
    this.contents.set(digest, content);
    if (this.damaged === digest) this.damaged = undefined;
    return { digest, sizeBytes: content.length };
  }

  get(digest: Digest): Uint8Array | TarsierError {
    const content = this.contents.get(digest);
    if (content === undefined) return new TarsierError('BLOB_MISSING', `no ${digest}`);
    if (digest === this.damaged) return new TarsierError('BLOB_DAMAGED', `damaged ${digest}`);
    return content;
  }

  damageNewest(): void {
    if (this.damaged === undefined) this.damaged = [...this.contents.keys()].at(-1);
  }
}

export class MemberBlobs implements Blobs {
  readonly #store: BlobStore;
  readonly #network: Network;
  readonly #process: SimProcess;
  readonly #machine: string;
  readonly #loop: EventLoop;

  constructor(parts: {
    readonly store: BlobStore;
    readonly network: Network;
    readonly process: SimProcess;
    readonly machine: string;
    readonly loop: EventLoop;
  }) {
    this.#store = parts.store;
    this.#network = parts.network;
    this.#process = parts.process;
    this.#machine = parts.machine;
    this.#loop = parts.loop;
  }

  async put(content: AsyncIterable<Uint8Array>): Promise<BlobInfo> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    const bytes = new Uint8Array(Buffer.concat(chunks));
    const digest: Digest = `sha256:${cryptoHash('sha256', bytes, 'hex')}`;
    this.#loop.note(`put ${this.#machine} ${digest}`);
    return this.#call<BlobInfo>(() => this.#store.put(digest, bytes));
  }

  async get(digest: Digest): Promise<AsyncIterable<Uint8Array>> {
    const bytes = await this.#call<Uint8Array>(() => this.#store.get(digest));
    return (async function* content() {
      yield bytes;
    })();
  }

  async has(digest: Digest): Promise<BlobInfo | undefined> {
    const content = this.#store.contents.get(digest);
    return content === undefined ? undefined : { digest, sizeBytes: content.length };
  }

  async delete(digest: Digest): Promise<void> {
    await this.#call<boolean>(() => this.#store.contents.delete(digest));
  }

  async list(): Promise<readonly BlobInfo[]> {
    return [...this.#store.contents].map(([digest, { length }]) => ({ digest, sizeBytes: length }));
  }

  #call<Value>(serve: () => Value | TarsierError): Promise<Value> {
    return this.#network.call<Value>(this.#process, this.#machine, (reply) => reply(serve()));
  }
}
