/** Ends a rebuild, through any controller. */

import { request, type Dispatcher } from 'undici';
import { errorOfAnswer, unreachable } from './answer-errors.ts';
import type { CommandClientOptions } from './command-client.ts';

const answerTimeoutMs = 30_000;

/** What was found. Throws `REBUILD_NOT_OPEN`, another code of the controller, or `API_UNREACHABLE`. */
export async function endRebuild(options: CommandClientOptions): Promise<string> {
  const { serverUrl, publishToken, dispatcher } = options;
  let response: Dispatcher.ResponseData;
  let text: string;
  try {
    response = await request(new URL('/api/v1/rebuild/end', serverUrl), {
      method: 'POST',
      headers: publishToken === undefined ? {} : { authorization: `Bearer ${publishToken}` },
      headersTimeout: answerTimeoutMs,
      bodyTimeout: answerTimeoutMs,
      ...(dispatcher !== undefined && { dispatcher }),
    });
    text = await response.body.text();
  } catch (error) {
    throw unreachable(serverUrl, error);
  }
  if (response.statusCode !== 200) throw errorOfAnswer(serverUrl, response.statusCode, text);
  return (JSON.parse(text) as { readonly message: string }).message;
}
