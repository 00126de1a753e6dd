/** Content for tests of blobs. */

import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../../replica/core/blobs.ts';

export interface Content {
  readonly bytes: Buffer;
  readonly digest: Digest;
}

export function contentOf(bytes: Buffer): Content {
  return { bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}

export function randomContent(sizeBytes: number): Content {
  return contentOf(randomBytes(sizeBytes));
}

export async function* chunksOf(bytes: Uint8Array, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) {
    yield bytes.subarray(start, start + size);
  }
}

export async function collect(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function blobFile(directory: string, digest: Digest): string {
  const hex = digest.slice('sha256:'.length);
  return join(directory, 'sha256', hex.slice(0, 2), hex.slice(2));
}

/** Names of files that are not whole. */
export function unfinishedFiles(directory: string): string[] {
  return [...readdirSync(join(directory, 'incoming')), ...readdirSync(join(directory, 'arriving'))];
}
