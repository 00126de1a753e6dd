/** One GET after another: token, time-outs, and errors with a hint. */

import { Agent, request, type Dispatcher } from 'undici';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { errorOfAnswer, unreachable } from './answer-errors.ts';

export interface ServerOptions {
  /** Base URL of the controller, such as `http://127.0.0.1:7400`. */
  readonly serverUrl: string;
  /** Token of kind read or publish; not needed on loopback. */
  readonly token?: string | undefined;
  /** For certificates that the system does not know. */
  readonly dispatcher?: Dispatcher;
}

export type QueryValue = string | number | boolean | undefined;
export type Query = Readonly<Record<string, QueryValue>>;

const answerTimeoutMs = 30_000;

export class HttpReader {
  readonly serverUrl: string;
  readonly #options: ServerOptions;
  readonly #dispatcher: Dispatcher;

  /** `USAGE` when the URL is none. */
  constructor(options: ServerOptions) {
    if (!URL.canParse(options.serverUrl) || !/^https?:/.test(options.serverUrl)) {
      throw new TarsierError('USAGE', `"${options.serverUrl}" is not the URL of a controller.`, {
        hint: 'Write it like http://127.0.0.1:7400.',
      });
    }
    this.serverUrl = options.serverUrl;
    this.#options = options;
    this.#dispatcher = options.dispatcher ?? new Agent({ connect: { timeout: 10_000 } });
  }

  async getJson<T>(path: string, query: Query = {}): Promise<T> {
    const response = await this.#request(path, query, { accept: 'application/json' });
    const text = await response.body.text().catch((error: unknown) => {
      throw unreachable(this.serverUrl, error);
    });
    if (response.statusCode !== 200) throw errorOfAnswer(this.serverUrl, response.statusCode, text);
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      const message = `${this.serverUrl} answers with something that is not JSON.`;
      throw new TarsierError('API_ANSWER_INVALID', message, { cause });
    }
  }

  /**
   * The lines of an endless answer; `quietMs` without a byte counts as a broken connection, 0 waits
   * for ever. Ends without an error when `signal` aborts.
   */
  async *readLines(
    path: string,
    query: Query,
    options: {
      readonly headers: Readonly<Record<string, string>>;
      readonly signal?: AbortSignal | undefined;
      readonly quietMs: number;
    },
  ): AsyncGenerator<string, void, undefined> {
    try {
      const { headers, signal, quietMs } = options;
      const response = await this.#request(path, query, headers, { signal, quietMs });
      if (response.statusCode !== 200) {
        const text = await response.body.text();
        throw errorOfAnswer(this.serverUrl, response.statusCode, text);
      }
      yield* splitLines(response.body);
    } catch (error) {
      if (options.signal?.aborted === true) return;
      throw error instanceof TarsierError ? error : unreachable(this.serverUrl, error);
    }
  }

  async close(): Promise<void> {
    if (this.#options.dispatcher === undefined) await this.#dispatcher.destroy();
  }

  async #request(
    path: string,
    query: Query,
    headers: Readonly<Record<string, string>>,
    stream?: { readonly signal: AbortSignal | undefined; readonly quietMs: number },
  ): Promise<Dispatcher.ResponseData> {
    const url = new URL(path, this.serverUrl);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const { token } = this.#options;
    try {
      return await request(url, {
        headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
        headersTimeout: answerTimeoutMs,
        bodyTimeout: stream?.quietMs ?? answerTimeoutMs,
        dispatcher: this.#dispatcher,
        ...(stream?.signal !== undefined && { signal: stream.signal }),
      });
    } catch (error) {
      stream?.signal?.throwIfAborted();
      throw unreachable(this.serverUrl, error);
    }
  }
}

async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
