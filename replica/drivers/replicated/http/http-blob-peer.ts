/** Another member's blobs over HTTP: the other side of `serveBlobPeer`. */

import { Readable } from 'node:stream';
import { Agent, request, type Dispatcher } from 'undici';
import { isTarsierError, TarsierError } from '../../../../errors/tarsier-error.ts';
import type { ErrorCode } from '../../../../errors/codes.ts';
import type { Digest } from '../../../core/blobs.ts';
import type { BlobPeer } from '../blob-peer.ts';
import { offsetHeader, peerUrl, receivedHeader, verifyHeader } from './peer-protocol.ts';

export interface HttpBlobPeerOptions {
  /** The member's name, for messages. */
  readonly name: string;
  /** Where `/peer/blobs` is: `https://host:port`. */
  readonly url: string;
  readonly token: string;
  /** Certificates in PEM that may sign the member's; the system's by default. */
  readonly ca?: string;
  /** Without a byte for this long, a transfer counts as broken; 30 s by default. */
  readonly idleTimeoutMs?: number;
  /** For a member to read a whole blob, or to sync one; 5 min by default. */
  readonly workTimeoutMs?: number;
}

export interface HttpBlobPeer extends BlobPeer {
  close(): Promise<void>;
}

const connectTimeoutMs = 5_000;
const idleTimeoutMs = 30_000;
const workTimeoutMs = 5 * 60_000;
const problemBytesMax = 10_000;

/** Codes of the other side that mean the same on this one. */
const passedOn: readonly ErrorCode[] = [
  'BLOB_ARRIVING',
  'BLOB_DIGEST_MISMATCH',
  'BLOB_MISSING',
  'BLOB_OFFSET',
  'BLOB_TOO_LARGE',
];

export function httpBlobPeer(options: HttpBlobPeerOptions): HttpBlobPeer {
  const { name, ca } = options;
  const dispatcher = new Agent({
    connect: { timeout: connectTimeoutMs, ...(ca !== undefined && { ca }) },
    bodyTimeout: options.idleTimeoutMs ?? idleTimeoutMs,
    headersTimeout: options.workTimeoutMs ?? workTimeoutMs,
  });
  const call = (digest: Digest, wanted: PeerCall) =>
    send(
      { ...wanted, url: peerUrl(options.url, digest) },
      {
        name,
        token: options.token,
        dispatcher,
      },
    );
  return {
    name,
    async look(digest, { verify = false, signal }) {
      const headers: Record<string, string> = verify ? { [verifyHeader]: '1' } : {};
      const response = await call(digest, { method: 'HEAD', headers, signal });
      await response.body.dump();
      const { statusCode } = response;
      if (statusCode === 200)
        return { isWhole: true, sizeBytes: Number(response.headers['content-length']) };
      if (statusCode === 404)
        return { isWhole: false, sizeBytes: Number(response.headers[receivedHeader]) || 0 };
      throw problemOf(name, statusCode, '');
    },
    async get(digest, start, signal) {
      const range = start === 0 ? {} : { range: `bytes=${start}-` };
      const response = await call(digest, { method: 'GET', headers: range, signal });
      // All of the content is here, and was not taken in only because nobody compared it yet.
      if (response.statusCode === 416) return nothing(response);
      if (response.statusCode !== (start === 0 ? 200 : 206))
        throw await problemFrom(name, response);
      return named(name, response.body);
    },
    async put(digest, offset, content, signal) {
      const headers = {
        [offsetHeader]: String(offset),
        'content-type': 'application/octet-stream',
      };
      const response = await call(digest, { method: 'PUT', headers, body: content, signal });
      if (response.statusCode !== 201) throw await problemFrom(name, response);
      await response.body.dump();
    },
    close: () => dispatcher.destroy(),
  };
}

interface PeerCall {
  readonly method: 'GET' | 'HEAD' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
}

async function send(
  call: PeerCall & { readonly url: string },
  peer: { readonly name: string; readonly token: string; readonly dispatcher: Dispatcher },
): Promise<Dispatcher.ResponseData> {
  const { method, url, body, signal } = call;
  try {
    return await request(url, {
      method,
      headers: { authorization: `Bearer ${peer.token}`, ...call.headers },
      ...(body !== undefined && { body: Readable.from(body) }),
      signal,
      dispatcher: peer.dispatcher,
    });
  } catch (error) {
    throw isTarsierError(error) ? error : peerFailed(peer.name, error);
  }
}

/** An error in the middle of content says which member it is about. */
async function* named(name: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw isTarsierError(error) ? error : peerFailed(name, error);
  }
}

async function nothing(response: Dispatcher.ResponseData): Promise<AsyncIterable<Uint8Array>> {
  await response.body.dump();
  return (async function* () {})();
}

async function problemFrom(
  name: string,
  { statusCode, body }: Dispatcher.ResponseData,
): Promise<TarsierError> {
  let text = '';
  try {
    for await (const chunk of body) {
      text += String(chunk);
      if (text.length > problemBytesMax) break;
    }
  } catch {
    // The status says enough.
  }
  return problemOf(name, statusCode, text);
}

function problemOf(name: string, status: number, text: string): TarsierError {
  const { code, message } = parseProblem(text);
  const says = `Member ${name} answers ${status}${message === '' ? '' : `: ${message}`}`;
  const same = passedOn.find((known) => known === code);
  if (same !== undefined) return new TarsierError(same, says);
  const refused = status === 401 || status === 403;
  return new TarsierError(refused ? 'BLOB_PEER_REFUSED' : 'BLOB_PEER_FAILED', says, {
    details: { peer: name, status },
  });
}

function parseProblem(text: string): { readonly code: string; readonly message: string } {
  try {
    const { code, message } = JSON.parse(text) as { code?: unknown; message?: unknown };
    return { code: String(code), message: String(message).slice(0, 500) };
  } catch {
    return { code: '', message: '' };
  }
}

function peerFailed(name: string, cause: unknown): TarsierError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TarsierError('BLOB_PEER_FAILED', `Member ${name} cannot be reached: ${reason}.`, {
    details: { peer: name },
    cause,
  });
}
