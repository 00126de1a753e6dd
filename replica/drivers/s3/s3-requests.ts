/** Requests to a store that speaks the S3 API: signed, tried again when that may help, faults coded. */

import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request, type Dispatcher } from 'undici';
import { TarsierError } from '../../../errors/tarsier-error.ts';

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Adds what proves who asks (AWS Signature Version 4) to the headers. */
export type S3Signer = (request: S3Request) => Promise<Readonly<Record<string, string>>>;

export interface S3Call extends Omit<S3Request, 'url' | 'headers'> {
  /** Behind the address of the bucket; with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Opened anew for each try. */
  readonly body?: () => Readable;
  /** Besides 2xx. */
  readonly accept: readonly number[];
}

/** What a request without content is signed with. */
const emptyContentHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const triesMax = 4;
const firstRetryMs = 100;
const idleTimeoutMs = 30_000;
/** For the store to take in what it was sent. */
const workTimeoutMs = 5 * 60_000;
const transientStatuses = new Set([408, 425, 429, 500, 502, 503, 504]);
const problemBytesMax = 10_000;

export class S3Requests {
  readonly #bucketUrl: string;
  readonly #sign: S3Signer;
  readonly #dispatcher: Agent;

  constructor(bucketUrl: string, sign: S3Signer, ca: string | undefined) {
    this.#bucketUrl = bucketUrl.replace(/\/$/, '');
    this.#sign = sign;
    this.#dispatcher = new Agent({
      connect: { timeout: 10_000, ...(ca !== undefined && { ca }) },
      bodyTimeout: idleTimeoutMs,
      headersTimeout: workTimeoutMs,
    });
  }

  /** `BLOB_PEER_FAILED` when it is not to be reached, `BLOB_PEER_REFUSED` when it does not want to. */
  async call(wanted: S3Call): Promise<Dispatcher.ResponseData> {
    for (let tries = 1, retryMs = firstRetryMs; ; tries += 1, retryMs *= 2) {
      try {
        return await this.#try(wanted);
      } catch (error) {
        const isFinal = error instanceof TarsierError && error.consequence !== 'transient';
        if (isFinal || tries === triesMax) throw error;
      }
      await wait(retryMs);
    }
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  async #try({ method, path, body, accept, ...call }: S3Call): Promise<Dispatcher.ResponseData> {
    const url = `${this.#bucketUrl}${path}`;
    const bare = { 'x-amz-content-sha256': emptyContentHash, ...call.headers };
    const headers = await this.#sign({ method, url, headers: bare });
    let response: Dispatcher.ResponseData;
    try {
      response = await request(url, {
        method,
        headers,
        body: body?.() ?? null,
        dispatcher: this.#dispatcher,
      });
    } catch (cause) {
      throw storeFailed(this.#bucketUrl, reasonOf(cause), cause);
    }
    const { statusCode } = response;
    if ((statusCode >= 200 && statusCode < 300) || accept.includes(statusCode)) return response;
    const reason = `${statusCode} ${await problemCode(response)}`.trim();
    if (transientStatuses.has(statusCode)) throw storeFailed(this.#bucketUrl, reason);
    throw new TarsierError(
      'BLOB_PEER_REFUSED',
      `The object store at ${this.#bucketUrl} refuses to ${method} ${path.split('?')[0]}: ${reason}.`,
      { details: { bucketUrl: this.#bucketUrl, status: statusCode } },
    );
  }
}

/** The text of `<Code>` in the XML of a refusal. */
async function problemCode({ body }: Dispatcher.ResponseData): Promise<string> {
  let text = '';
  try {
    for await (const chunk of body) {
      text += String(chunk);
      if (text.length > problemBytesMax) break;
    }
  } catch {
    // The status says enough.
  }
  return /<Code>(\w{1,100})<\/Code>/.exec(text)?.[1] ?? '';
}

export function storeFailed(bucketUrl: string, reason: string, cause?: unknown): TarsierError {
  return new TarsierError(
    'BLOB_PEER_FAILED',
    `The object store at ${bucketUrl} failed: ${reason}. It is tried again.`,
    { details: { bucketUrl }, ...(cause !== undefined && { cause }) },
  );
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
