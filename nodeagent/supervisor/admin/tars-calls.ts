/** What the supervisor asks of the services on its machine, over the TARS protocol. */

import { isTarsierError } from '../../../errors/tarsier-error.ts';
import { AdminF } from '../../../tars/framework/admin-f.ts';
import { TarsClient } from '../../../tars/rpc/client.ts';
import type { Endpoint } from '../../../tars/rpc/client-connection.ts';

export interface TarsCalls {
  /** One-way: resolves when the request is on its way. Fails when nobody listens. */
  shutdown(adminPort: number): Promise<void>;
  /** The answer is for people. */
  notify(adminPort: number, command: string): Promise<string>;
  /** Fails unless something that speaks TARS answers. */
  ping(endpoint: Endpoint, object: string): Promise<void>;
}

/** Exactly this name, without the service's: Java refuses any other (tars-contract §3.1). */
const adminObject = 'AdminObj';
const CONNECT_TIMEOUT_MS = 2000;
/** The admin servant of a library waits no longer itself. */
const NOTIFY_TIMEOUT_MS = 3000;
const PING_TIMEOUT_MS = 5000;

const answers: ReadonlySet<string> = new Set(['TARS_CALL_FAILED', 'TARS_CALL_BUSY', 'TARS_REPLY']);

/** Services come and go: a connection lives as long as its call. */
export function tarsCalls(): TarsCalls {
  return {
    shutdown: (adminPort) =>
      withClient(CONNECT_TIMEOUT_MS, (client) =>
        client.proxy(admin(adminPort), adminObject, AdminF).shutdown({}, { oneWay: true }),
      ),
    notify: (adminPort, command) =>
      withClient(NOTIFY_TIMEOUT_MS, async (client) => {
        const { ret } = await client
          .proxy(admin(adminPort), adminObject, AdminF)
          .notify({ command });
        return ret;
      }),
    ping: (endpoint, object) =>
      withClient(PING_TIMEOUT_MS, (client) => ping(client, endpoint, object)),
  };
}

/** An answer that says no is an answer: older libraries do not know the question. */
async function ping(client: TarsClient, endpoint: Endpoint, object: string): Promise<void> {
  try {
    await client.ping(endpoint, object);
  } catch (error) {
    const answered = isTarsierError(error) && answers.has(error.code);
    if (!answered) throw error;
  }
}

function admin(port: number): Endpoint {
  return { host: '127.0.0.1', port };
}

async function withClient<T>(
  callTimeoutMs: number,
  call: (client: TarsClient) => Promise<T>,
): Promise<T> {
  const client = new TarsClient({ connectTimeoutMs: CONNECT_TIMEOUT_MS, callTimeoutMs });
  try {
    return await call(client);
  } finally {
    client.close();
  }
}
