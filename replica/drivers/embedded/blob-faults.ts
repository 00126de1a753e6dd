/** The coded errors of blobs that are files. */

import { TarsierError } from '../../../errors/tarsier-error.ts';
import type { Digest } from '../../core/blobs.ts';

export function digestMismatch(expected: Digest, found: Digest): TarsierError {
  return new TarsierError(
    'BLOB_DIGEST_MISMATCH',
    `The content has digest ${found}, announced was ${expected}. Nothing was stored; send it again.`,
    { details: { expected, found } },
  );
}

export function tooLarge(maxBytes: number): TarsierError {
  return new TarsierError(
    'BLOB_TOO_LARGE',
    `The content has more than ${maxBytes} bytes, the limit of this store. Nothing was stored.`,
    { details: { maxBytes } },
  );
}

export function damagedBlob(file: string, digest: Digest): TarsierError {
  return new TarsierError(
    'BLOB_DAMAGED',
    `The file ${file} no longer matches its digest ${digest}. Delete the blob and push it again, or restore it.`,
    { details: { file, digest } },
  );
}

export function missingBlob(digest: Digest, place: string): TarsierError {
  return new TarsierError('BLOB_MISSING', `Blob ${digest} is not in ${place}.`, {
    details: { digest },
  });
}
