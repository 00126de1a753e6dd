/** Lets the other members read and write this member's blobs: a handler for any `node:http` server. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { assert } from '../../../../errors/assert.ts';
import { isTarsierError, TarsierError } from '../../../../errors/tarsier-error.ts';
import type { BlobInfo, Digest } from '../../../core/blobs.ts';
import type { EmbeddedBlobs } from '../../embedded/embedded-blobs.ts';
import {
  isBearer,
  offsetHeader,
  parsePeerUrl,
  receivedHeader,
  type PeerProblem,
  verifyHeader,
} from './peer-protocol.ts';

export interface ServeBlobPeerOptions {
  readonly blobs: EmbeddedBlobs;
  /** What all members know, and nobody else: at least 32 characters. */
  readonly token: string;
  /** Of one blob; 16 GiB by default. */
  readonly maxBytes?: number;
  /** A transfer on which nothing moves for this long is ended; 30 s by default. */
  readonly idleTimeoutMs?: number;
  /** Failures that are not the sender's. */
  readonly onError?: (error: unknown) => void;
}

export type PeerRequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

const maxBytes = 16 * 1024 ** 3;
const idleTimeoutMs = 30_000;
const tokenLengthMin = 32;

export function serveBlobPeer(options: ServeBlobPeerOptions): PeerRequestHandler {
  assert(options.token.length >= tokenLengthMin, 'The token between members is too short.');
  return (request, response) => {
    // The reader or sender is gone: nobody is left to be told.
    response.on('error', () => undefined);
    answer(request, response, options).catch((error: unknown) => {
      const status = statusOf(error);
      if (status === 500) options.onError?.(error);
      refuse(request, response, status, error);
    });
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServeBlobPeerOptions,
): Promise<void> {
  if (!isBearer(request.headers.authorization, options.token)) {
    throw new TarsierError('API_UNAUTHORIZED', 'The token is not the one of this cluster.');
  }
  const digest = parsePeerUrl(request.url ?? '');
  if (digest === undefined) {
    throw new TarsierError('API_NOT_FOUND', 'There is no such path.');
  }
  if (request.method === 'HEAD') await answerHead(request, response, digest, options);
  else if (request.method === 'GET') await answerGet(request, response, digest, options);
  else if (request.method === 'PUT') await answerPut(request, response, digest, options);
  else throw new TarsierError('API_NOT_FOUND', `There is no ${request.method} here.`);
}

async function answerHead(
  request: IncomingMessage,
  response: ServerResponse,
  digest: Digest,
  { blobs }: ServeBlobPeerOptions,
): Promise<void> {
  const verify = request.headers[verifyHeader] !== undefined;
  const info = verify ? await verifiedInfo(digest, blobs) : await blobs.has(digest);
  if (info !== undefined) {
    response.writeHead(200, { 'content-length': info.sizeBytes }).end();
    return;
  }
  response.writeHead(404, { [receivedHeader]: await blobs.receivedBytes(digest) }).end();
}

/** A damaged blob is none. */
async function verifiedInfo(digest: Digest, blobs: EmbeddedBlobs): Promise<BlobInfo | undefined> {
  try {
    return await blobs.verify(digest);
  } catch (error) {
    if (isTarsierError(error) && /^BLOB_(DAMAGED|MISSING)$/.test(error.code)) return undefined;
    throw error;
  }
}

async function answerGet(
  request: IncomingMessage,
  response: ServerResponse,
  digest: Digest,
  options: ServeBlobPeerOptions,
): Promise<void> {
  const { blobs } = options;
  const info = await blobs.has(digest);
  if (info === undefined) throw new TarsierError('BLOB_MISSING', `Blob ${digest} is not here.`);
  const start = Number(/^bytes=(\d{1,15})-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const end = info.sizeBytes;
  if (start > end || (start === end && end > 0)) {
    response.writeHead(416, { 'content-range': `bytes */${end}` }).end();
    return;
  }
  const content = await blobs.get(digest, { start });
  endWhenIdle(request, options);
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': end - start,
    'content-type': 'application/octet-stream',
    ...(start > 0 && { 'content-range': `bytes ${start}-${end - 1}/${end}` }),
  });
  await pipeline(content, response);
}

async function answerPut(
  request: IncomingMessage,
  response: ServerResponse,
  digest: Digest,
  options: ServeBlobPeerOptions,
): Promise<void> {
  const offset = String(request.headers[offsetHeader] ?? '0');
  if (!/^\d{1,15}$/.test(offset)) {
    throw new TarsierError('BLOB_OFFSET', `${offsetHeader} is not a number of bytes.`);
  }
  endWhenIdle(request, options);
  // Reading again what came before, and the sync at the end, may take as long as they take.
  const { socket } = request;
  request.once('end', () => socket.setTimeout(0));
  // A refusal in the middle must still get through, and destroying the request would end its socket.
  const content = request.iterator({ destroyOnReturn: false });
  await options.blobs.receive(digest, content, {
    offset: Number(offset),
    maxBytes: options.maxBytes ?? maxBytes,
  });
  response.writeHead(201, { 'content-length': 0 }).end();
}

function endWhenIdle(request: IncomingMessage, options: ServeBlobPeerOptions): void {
  const { socket } = request;
  request.setTimeout(options.idleTimeoutMs ?? idleTimeoutMs, () => socket.destroy());
}

function statusOf(error: unknown): number {
  if (!isTarsierError(error)) return 500;
  switch (error.code) {
    case 'API_UNAUTHORIZED':
      return 401;
    case 'API_NOT_FOUND':
    case 'BLOB_MISSING':
      return 404;
    case 'BLOB_ARRIVING':
    case 'BLOB_OFFSET':
      return 409;
    case 'BLOB_DIGEST_MISMATCH':
      return 422;
    case 'BLOB_TOO_LARGE':
      return 413;
    case 'STORAGE_FULL':
      return 507;
    default:
      return 500;
  }
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  error: unknown,
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  // What goes wrong inside is for the log of this member, not for the other side.
  const problem: PeerProblem =
    isTarsierError(error) && status !== 500
      ? { code: error.code, message: error.message }
      : { code: 'BLOB_PEER_FAILED', message: 'This member failed; its log says why.' };
  // The rest of a refused body is not read: the connection cannot be used for another request.
  const { socket, complete } = request;
  const close = complete ? {} : { connection: 'close' };
  response.writeHead(status, { 'content-type': 'application/json', ...close });
  response.end(JSON.stringify(problem), () => {
    if (!complete) socket?.destroySoon();
  });
}
