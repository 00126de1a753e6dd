/** Waits until JetStream answers: enough members run and have agreed on a leader. */

import { connect, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';
import { setTimeout as delay } from 'node:timers/promises';
import { TarsierError } from '../../../../errors/tarsier-error.ts';
import { refuseOldServer } from './server-version.ts';

const answerMsMax = 1_000;

/** `ENGINE_NOT_READY` after `timeoutMs`, with what stood in the way; `ENGINE_TOO_OLD` at once. */
export async function waitUntilReady(
  connection: ConnectionOptions,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let fault: Error | undefined;
  for (;;) {
    signal?.throwIfAborted();
    const left = deadline - performance.now();
    const found = await askOnce(connection, Math.max(1, Math.min(answerMsMax, left)));
    if (found === undefined) return;
    // The last attempt has little time: that it ran out says less than what the ones before met.
    if (fault === undefined || found.name !== 'TimeoutError') fault = found;
    if (performance.now() >= deadline) {
      throw new TarsierError(
        'ENGINE_NOT_READY',
        `JetStream of ${[connection.servers ?? []].flat().join(', ')} did not answer within ${timeoutMs} ms: ${fault.message}.`,
        { cause: fault },
      );
    }
    await delay(50);
  }
}

async function askOnce(
  connection: ConnectionOptions,
  timeoutMs: number,
): Promise<Error | undefined> {
  let client: NatsConnection | undefined;
  try {
    client = await connect({ ...connection, reconnect: false, timeout: timeoutMs });
    const { info } = client;
    if (info !== undefined) refuseOldServer(info.version, client.getServer());
    const answer = await client.request('$JS.API.INFO', undefined, { timeout: timeoutMs });
    return faultIn(answer.json());
  } catch (error) {
    if (error instanceof TarsierError) throw error;
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    await client?.close().catch(() => undefined);
  }
}

function faultIn(answer: unknown): Error | undefined {
  const { error } = answer as { error?: { description?: string } };
  return error === undefined ? undefined : new Error(error.description ?? 'it refused');
}
