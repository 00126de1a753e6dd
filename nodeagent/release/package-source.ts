/** Where an agent fetches the bytes of packages: from a controller, over HTTP. */

import { request, type Dispatcher } from 'undici';
import { TarsierError } from '../../errors/tarsier-error.ts';
import type { Digest } from '../../replica/core/blobs.ts';

export interface PackageContent {
  /** Where `body` begins: what was asked for, or 0. */
  readonly startByte: number;
  readonly body: AsyncIterable<Buffer>;
}

export interface PackageSource {
  /** The content from `startByte` on, or all of it. `PACKAGE_UNREACHABLE` when it cannot be had now. */
  open(digest: Digest, startByte: number, signal: AbortSignal): Promise<PackageContent>;
}

export interface HttpPackageSourceOptions {
  /** Asked for each request, as an agent moves between controllers; ends without a slash. */
  readonly contentUrl: () => string;
  /** Bearer token of kind agent. */
  readonly token: () => string | undefined;
  /** For certificates of the controller that the system does not know. */
  readonly dispatcher?: Dispatcher;
  /** Without a byte for this long, the connection counts as broken; 30 s by default. */
  readonly idleTimeoutMs?: number;
}

const idleTimeoutMs = 30_000;

export function httpPackageSource(options: HttpPackageSourceOptions): PackageSource {
  return {
    async open(digest, startByte, signal) {
      const url = `${options.contentUrl()}/${digest}`;
      const response = await get(url, startByte, signal, options);
      if (response.statusCode === 200) return { startByte: 0, body: response.body };
      const range = /^bytes (\d+)-/.exec(String(response.headers['content-range'] ?? ''));
      if (response.statusCode === 206 && range !== null) {
        return { startByte: Number(range[1]), body: response.body };
      }
      await response.body.dump().catch(() => {});
      throw unreachable(url, `it answers ${response.statusCode}`);
    },
  };
}

async function get(
  url: string,
  startByte: number,
  signal: AbortSignal,
  options: HttpPackageSourceOptions,
): Promise<Dispatcher.ResponseData> {
  const token = options.token();
  const timeoutMs = options.idleTimeoutMs ?? idleTimeoutMs;
  try {
    return await request(url, {
      method: 'GET',
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(startByte > 0 && { range: `bytes=${startByte}-` }),
      },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      signal,
      ...(options.dispatcher !== undefined && { dispatcher: options.dispatcher }),
    });
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(url, (error as Error).message, error);
  }
}

function unreachable(url: string, why: string, cause?: unknown): TarsierError {
  return new TarsierError('PACKAGE_UNREACHABLE', `Cannot fetch ${url}: ${why}.`, { cause });
}
