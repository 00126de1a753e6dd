/** The client of the patch store for one command. */

import { PatchClient } from '../../sdk/typescript/patch-client.ts';
import type { CliContext } from '../context.ts';

export function openClient(context: CliContext): PatchClient {
  return new PatchClient({
    serverUrl: context.serverUrl,
    publishToken: context.token('publish'),
    readToken: context.token('read'),
  });
}
