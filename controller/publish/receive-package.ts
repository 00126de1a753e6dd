/** Takes one multipart upload: the package into a file of its own, the fields beside it. */

import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Multipart } from '@fastify/multipart';
import { TarsierError } from '../../errors/tarsier-error.ts';
import type { Digest } from '../../replica/core/blobs.ts';

export interface ReceivedPackage {
  readonly fields: ReadonlyMap<string, string>;
  /** Absent when the form has no file. */
  readonly file?: ReceivedFile;
}

export interface ReceivedFile {
  readonly path: string;
  /** As the uploader calls it; says what it is, and is no path. */
  readonly name: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** Name of the file's field; part of the contract with build scripts. */
const FILE_FIELD = 'suse';

/** The file is the caller's to remove. `PACKAGE_TOO_LARGE` when it is cut off by the limit. */
export async function receivePackage(
  parts: AsyncIterable<Multipart>,
  folder: string,
): Promise<ReceivedPackage> {
  const fields = new Map<string, string>();
  let file: ReceivedFile | undefined;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, randomBytes(12).toString('hex'));
  try {
    for await (const part of parts) {
      if (part.type === 'field') {
        fields.set(part.fieldname, String(part.value));
      } else if (part.fieldname === FILE_FIELD && file === undefined) {
        file = { path, name: part.filename, ...(await save(part.file, path)) };
        if (part.file.truncated) {
          throw new TarsierError('PACKAGE_TOO_LARGE', 'The package is larger than the limit.');
        }
      } else part.file.resume();
    }
    return { fields, ...(file === undefined ? {} : { file }) };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

async function save(
  content: Readable,
  path: string,
): Promise<Pick<ReceivedFile, 'digest' | 'sizeBytes'>> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  await pipeline(
    content,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        yield chunk;
      }
    },
    createWriteStream(path, { mode: 0o600, flush: true }),
  );
  return { digest: `sha256:${hash.digest('hex')}`, sizeBytes };
}
