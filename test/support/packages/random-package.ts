/** Packages of a wanted size, as files. */

import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import type { Digest } from '../../../replica/core/blobs.ts';
import { header } from './tar-archive.ts';

export interface PackageFile {
  readonly file: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** One file of random bytes in whole MiB, not compressed further: as large packed as unpacked. */
export async function writeRandomPackage(file: string, sizeMib: number): Promise<PackageFile> {
  async function* tar() {
    yield header({ path: 'payload', claimedBytes: sizeMib * 1024 ** 2 });
    for (let count = 0; count < sizeMib; count += 1) yield randomBytes(1024 ** 2);
    yield Buffer.alloc(1024);
  }
  await pipeline(tar, createGzip({ level: 0 }), createWriteStream(file));
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  const { size } = await stat(file);
  return { file, digest: `sha256:${hash.digest('hex')}`, sizeBytes: size };
}

/** A small package with the given files. */
export function smallPackage(files: Readonly<Record<string, string>>): Buffer {
  const blocks = Object.entries(files).flatMap(([path, content]) => {
    const bytes = Buffer.from(content);
    return [
      header({ path, content, mode: 0o755 }),
      bytes,
      Buffer.alloc((512 - (bytes.length % 512)) % 512),
    ];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}
