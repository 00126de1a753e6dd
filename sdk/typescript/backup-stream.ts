/** Asks a controller for a backup, and gives its bytes as they come. */

import { Agent, request, type Dispatcher } from 'undici';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { errorOfAnswer, unreachable } from './answer-errors.ts';
import type { ServerOptions } from './http.ts';

export interface BackupStreamOptions extends ServerOptions {
  /** Asks for the API tokens as well: the caller must encrypt what comes. */
  readonly includeTokens: boolean;
}

/** Both states are encoded, and all packages looked at, before the first byte. */
const answerTimeoutMs = 5 * 60_000;
const quietMs = 60_000;

/** `options.token` is of kind admin. A connection that is cut ends it with `API_UNREACHABLE`. */
export async function* backupStream(options: BackupStreamOptions): AsyncGenerator<Uint8Array> {
  const { serverUrl } = options;
  const dispatcher = options.dispatcher ?? new Agent({ connect: { timeout: 10_000 } });
  try {
    const { statusCode, body } = await ask(options, dispatcher);
    if (statusCode !== 200) throw errorOfAnswer(serverUrl, statusCode, await body.text());
    yield* body as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw error instanceof TarsierError ? error : brokenOff(serverUrl, error);
  } finally {
    if (options.dispatcher === undefined) await dispatcher.destroy();
  }
}

async function ask(
  { serverUrl, token, includeTokens }: BackupStreamOptions,
  dispatcher: Dispatcher,
): Promise<Dispatcher.ResponseData> {
  const url = new URL('/api/v1/backup', serverUrl);
  if (includeTokens) url.searchParams.set('tokens', 'true');
  try {
    return await request(url, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      headersTimeout: answerTimeoutMs,
      bodyTimeout: quietMs,
      dispatcher,
    });
  } catch (error) {
    throw unreachable(serverUrl, error);
  }
}

function brokenOff(serverUrl: string, cause: unknown): TarsierError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TarsierError(
    'API_UNREACHABLE',
    `The backup from ${serverUrl} broke off: ${reason}. Nothing of it was kept.`,
    {
      hint: 'Run the same command again; the log of the controller says whether it failed.',
      cause,
    },
  );
}
