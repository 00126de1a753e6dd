/** Blobs in a bucket of a store that speaks the S3 API, for sites that have one. */

import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '../../../errors/assert.ts';
import { isTarsierError, TarsierError } from '../../../errors/tarsier-error.ts';
import type { BlobInfo, Blobs, Digest } from '../../core/blobs.ts';
import { hashContent, verifiedContent, writeNewFile } from '../embedded/blob-content.ts';
import { digestMismatch, missingBlob } from '../embedded/blob-faults.ts';
import { reasonOf, S3Requests, storeFailed, type S3Signer } from './s3-requests.ts';

export interface S3BlobsOptions {
  /** With the bucket: `https://s3.example.com/bucket` or `https://bucket.s3.example.com`. */
  readonly bucketUrl: string;
  readonly sign: S3Signer;
  /** Begins the names of all objects: letters, digits, `-`, `_` and `/`. */
  readonly prefix?: string;
  /** For content on its way; owned by these blobs and emptied when they are opened. */
  readonly spoolFolder: string;
  /** Certificates in PEM that may sign the store's; the system's by default. */
  readonly ca?: string;
}

export interface S3Blobs extends Blobs {
  /** Stores a finished file, and removes it. It stays where it is when that fails. */
  adopt(file: string, digest: Digest): Promise<BlobInfo>;
  close(): Promise<void>;
}

/** What one request may carry (S3: 5 GiB for an object that is put at once). */
const objectBytesMax = 5 * 1024 ** 3;
const digestPattern = /^sha256:[0-9a-f]{64}$/;

export async function openS3Blobs(options: S3BlobsOptions): Promise<S3Blobs> {
  const { prefix = '', spoolFolder } = options;
  assert(/^[\w/-]*$/.test(prefix), 'The prefix of objects has letters, digits, -, _ and /.');
  await rm(spoolFolder, { recursive: true, force: true });
  await mkdir(spoolFolder, { recursive: true, mode: 0o700 });
  return new BucketBlobs(options, prefix);
}

class BucketBlobs implements S3Blobs {
  readonly #bucketUrl: string;
  readonly #prefix: string;
  readonly #spoolFolder: string;
  readonly #requests: S3Requests;

  constructor({ bucketUrl, sign, spoolFolder, ca }: S3BlobsOptions, prefix: string) {
    this.#bucketUrl = bucketUrl;
    this.#prefix = prefix;
    this.#spoolFolder = spoolFolder;
    this.#requests = new S3Requests(bucketUrl, sign, ca);
  }

  /** By way of a file: size and digest must be known before the first byte is sent. */
  async put(
    content: AsyncIterable<Uint8Array>,
    {
      expected,
      maxBytes = objectBytesMax,
    }: { readonly expected?: Digest; readonly maxBytes?: number } = {},
  ): Promise<BlobInfo> {
    const file = join(this.#spoolFolder, randomUUID());
    try {
      const info = await writeNewFile(file, content, Math.min(maxBytes, objectBytesMax));
      if (expected !== undefined && expected !== info.digest) {
        throw digestMismatch(expected, info.digest);
      }
      await this.#upload(file, info);
      return info;
    } finally {
      await rm(file, { force: true });
    }
  }

  async adopt(file: string, digest: Digest): Promise<BlobInfo> {
    const info = await hashContent(createReadStream(file));
    if (info.digest !== digest) throw digestMismatch(digest, info.digest);
    await this.#upload(file, info);
    await rm(file);
    return info;
  }

  async get(
    digest: Digest,
    { start = 0, end }: { readonly start?: number; readonly end?: number } = {},
  ): Promise<AsyncIterable<Uint8Array>> {
    const path = this.#path(digest);
    if (end !== undefined && start >= end) {
      if ((await this.has(digest)) === undefined) throw missingBlob(digest, this.#bucketUrl);
      return nothing();
    }
    const isWhole = start === 0 && end === undefined;
    const range = `bytes=${start}-${end === undefined ? '' : end - 1}`;
    const headers: Record<string, string> = isWhole ? {} : { range };
    const response = await this.#requests.call({
      method: 'GET',
      path,
      headers,
      accept: [404, 416],
    });
    const { statusCode, body } = response;
    if (statusCode === 404 || statusCode === 416) await body.dump();
    if (statusCode === 404) throw missingBlob(digest, this.#bucketUrl);
    if (statusCode === 416) return nothing();
    const content = this.#named(body);
    return isWhole ? verifiedContent(content, digest, () => this.#damaged(digest)) : content;
  }

  async has(digest: Digest): Promise<BlobInfo | undefined> {
    const path = this.#path(digest);
    const { statusCode, headers, body } = await this.#requests.call({
      method: 'HEAD',
      path,
      accept: [404],
    });
    await body.dump();
    if (statusCode === 404) return undefined;
    return { digest, sizeBytes: Number(headers['content-length']) };
  }

  async delete(digest: Digest): Promise<void> {
    const path = this.#path(digest);
    const { body } = await this.#requests.call({ method: 'DELETE', path, accept: [404] });
    await body.dump();
  }

  async list(): Promise<readonly BlobInfo[]> {
    const blobs: BlobInfo[] = [];
    let after = '';
    for (;;) {
      const query = new URLSearchParams({ 'list-type': '2', prefix: `${this.#prefix}sha256/` });
      if (after !== '') query.set('start-after', after);
      const { body } = await this.#requests.call({ method: 'GET', path: `/?${query}`, accept: [] });
      const { objects, isTruncated } = parseList(await body.text());
      for (const { key, sizeBytes } of objects) {
        const digest = key.slice(this.#prefix.length).replace('/', ':') as Digest;
        if (digestPattern.test(digest)) blobs.push({ digest, sizeBytes });
      }
      after = objects.at(-1)?.key ?? '';
      if (!isTruncated || after === '') return blobs;
    }
  }

  async close(): Promise<void> {
    await this.#requests.close();
  }

  /** The store compares the content with the hash that is signed, and keeps all of it or nothing. */
  async #upload(file: string, { digest, sizeBytes }: BlobInfo): Promise<void> {
    const { body } = await this.#requests.call({
      method: 'PUT',
      path: this.#path(digest),
      headers: {
        'x-amz-content-sha256': digest.slice('sha256:'.length),
        'content-length': String(sizeBytes),
        'content-type': 'application/octet-stream',
      },
      body: () => createReadStream(file),
      accept: [],
    });
    await body.dump();
  }

  async *#named(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* content;
    } catch (error) {
      throw isTarsierError(error) ? error : storeFailed(this.#bucketUrl, reasonOf(error), error);
    }
  }

  #path(digest: Digest): string {
    if (!digestPattern.test(digest)) {
      throw new TarsierError('USAGE', `${JSON.stringify(digest)} is not a digest.`);
    }
    return `/${this.#prefix}${digest.replace(':', '/')}`;
  }

  #damaged(digest: Digest): TarsierError {
    return new TarsierError(
      'BLOB_DAMAGED',
      `The object ${this.#path(digest)} in ${this.#bucketUrl} no longer matches its digest. Delete it and push it again, or restore it.`,
      { details: { digest } },
    );
  }
}

interface ListedObject {
  readonly key: string;
  readonly sizeBytes: number;
}

/** Names of ours need no escapes, so what is looked for stands in the text as it is. */
function parseList(xml: string): {
  readonly objects: readonly ListedObject[];
  readonly isTruncated: boolean;
} {
  const objects = [...xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, text = '']) => ({
    key: /<Key>([^<]*)<\/Key>/.exec(text)?.[1] ?? '',
    sizeBytes: Number(/<Size>(\d+)<\/Size>/.exec(text)?.[1] ?? 0),
  }));
  return { objects, isTruncated: xml.includes('<IsTruncated>true</IsTruncated>') };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
