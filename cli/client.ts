/** Opens the API client of a command and closes it in the end. */

import { TarsierClient } from '../sdk/typescript/client.ts';
import type { CliContext } from './context.ts';

export async function withClient<Value>(
  context: CliContext,
  use: (client: TarsierClient) => Promise<Value>,
): Promise<Value> {
  const { serverUrl } = context;
  const client = new TarsierClient({ serverUrl, token: context.token('read') });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
