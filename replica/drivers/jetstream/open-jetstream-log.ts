/** Opens a log on NATS JetStream, with the copy that this member keeps of it. */

import { rename, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import { TarsierError, isTarsierError } from '../../../errors/tarsier-error.ts';
import type { Log } from '../../core/log.ts';
import { encodeMove, moveCommandId } from '../../core/move-record.ts';
import { openEmbeddedLog } from '../embedded/embedded-log.ts';
import type { Position } from './batch.ts';
import { findContinuation } from './find-continuation.ts';
import { LogCopy } from './log-copy.ts';
import { LogNotices } from './log-notices.ts';
import { logMoved } from './log-unavailable.ts';
import { newMessageId } from './message-id.ts';
import { natsSignals } from './nats-signals.ts';
import { openNatsStream, type NatsStream, type StreamCopies } from './nats-stream.ts';
import { refuseOldServer } from './server/server-version.ts';
import { StreamLog, type StreamLogOptions } from './stream-log.ts';

export interface JetStreamLogOptions extends Pick<
  StreamLogOptions,
  'appendTimeoutMs' | 'checkEveryMs' | 'onRepair' | 'onFailed'
> {
  /** Of the stream, too: letters, digits, `-` and `_`. The same on every member. */
  readonly name: string;
  /** Stays open: it belongs to the caller. */
  readonly connection: NatsConnection;
  /** For this member's own copy; made if it is not there. One process at a time. */
  readonly directory: string;
  /** How many servers keep each entry: 1, 3 or 5. Used when the stream is made. */
  readonly replicas: number;
  /** How many processes open this log; as many as `replicas` by default. */
  readonly members?: number;
  /** How long to wait for a majority of the servers; 60 s by default. */
  readonly openTimeoutMs?: number;
  /** Told when the own copy was put aside, because the engine has another history. */
  readonly onSetAside?: (directory: string, error: TarsierError) => void;
}

/** A log that more than one process has open. */
export interface JetStreamLog extends Log {
  /** What this member knows, without asking anybody. */
  known(): { readonly name: string; readonly entries: number };
  /** As the engine sees it. `LOG_UNAVAILABLE`. */
  copies(): Promise<StreamCopies>;
  /** Ends the log here: all members stop with `LOG_MOVED`, this one after `close`. */
  moveAway(to: string): Promise<void>;
  /** For another number of members. */
  setReplicas(replicas: number): Promise<void>;
}

const OPEN_TIMEOUT_MS = 60_000;
const RETRY_MS = 200;
const ASK_WHO_KNOWS_MS = 1_500;

/**
 * Resolves when the copy agrees with the engine. `ENGINE_TOO_OLD`, `LOG_UNAVAILABLE`, `LOG_DAMAGED`
 * (of the own copy), `LOG_LOCKED`, `LOG_TOO_NEW`.
 */
export async function openJetStreamLog(options: JetStreamLogOptions): Promise<JetStreamLog> {
  const { connection, name } = options;
  refuseOldServer(connection.info?.version ?? '0', connection.getServer());
  const deadlineMs = performance.now() + (options.openTimeoutMs ?? OPEN_TIMEOUT_MS);
  const stream = await untilAvailable(deadlineMs, () => openNatsStream(options));
  const signals = natsSignals(connection, 'tarsier');
  const copy = await openCopy(options, stream, deadlineMs);
  if (copy.isMoved) {
    await copy.close();
    throw logMoved(name);
  }
  if (copy.head.sequence === 0) {
    // It answers the others while it asks them.
    const silent = { onStored() {}, onMissing() {}, head: () => 0 };
    const notices = new LogNotices(name, signals, silent);
    try {
      await untilAvailable(deadlineMs, () => checkIsNew(options, stream, notices));
    } finally {
      notices.close();
    }
  }
  const log = new StreamLog({ ...options, stream, copy, signals });
  return Object.assign(log, {
    known: () => ({ name, entries: copy.head.sequence }),
    copies: () => stream.copies(),
    async moveAway(to: string) {
      const payload = encodeMove({ to });
      await log.append({ commandId: moveCommandId(newMessageId()), payload });
    },
    setReplicas: (replicas: number) => stream.setReplicas(replicas),
  });
}

/**
 * An empty stream is a new one only if all other members are there and know nothing either: one of
 * them may be about to put its entries back, or to bring those of another engine.
 */
async function checkIsNew(
  { name, replicas, members = replicas }: JetStreamLogOptions,
  stream: NatsStream,
  notices: LogNotices,
): Promise<void> {
  if ((await stream.last()).payload !== undefined) return;
  const known = await notices.askWhoKnows(ASK_WHO_KNOWS_MS);
  if (known.length >= members - 1 && known.every((head) => head === 0)) return;
  const most = Math.max(0, ...known);
  const why =
    most > 0
      ? `another member knows it up to entry ${most} and puts the entries back`
      : `only ${known.length} of the ${members - 1} other members are there to say that it is new`;
  throw new TarsierError('LOG_UNAVAILABLE', `The log ${name} is empty in the engine, and ${why}.`);
}

async function openCopy(
  options: JetStreamLogOptions,
  stream: NatsStream,
  deadlineMs: number,
): Promise<LogCopy> {
  const { directory } = options;
  const copy = await LogCopy.open(await openEmbeddedLog({ directory }));
  try {
    const { continuation } = await untilAvailable(deadlineMs, () =>
      findContinuation(stream, copy, Infinity),
    );
    if (continuation.kind === 'trimmed') {
      await copy.close();
      await rm(directory, { recursive: true });
      return await startCopy(directory, continuation.start);
    }
    if (continuation.kind !== 'forked') return copy;
    const aside = `${directory}.other-history-${Date.now()}`;
    const { sequence } = continuation.at;
    await copy.close();
    await rename(directory, aside);
    options.onSetAside?.(
      aside,
      new TarsierError(
        'LOG_FORKED',
        `The copy of the log ${options.name} had other entries behind ${sequence} than the engine. It was put aside in ${aside}; entries up to ${copy.head.sequence} that were acknowledged to this member may be lost.`,
        { details: { directory: aside, sequence, head: copy.head.sequence } },
      ),
    );
    return await openCopy(options, stream, deadlineMs);
  } catch (error) {
    await copy.close();
    throw error;
  }
}

async function startCopy(directory: string, startAt: Position): Promise<LogCopy> {
  return LogCopy.open(await openEmbeddedLog({ directory, startAt }));
}

async function untilAvailable<Value>(
  deadlineMs: number,
  attempt: () => Promise<Value>,
): Promise<Value> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const isTransient = isTarsierError(error) && error.consequence === 'transient';
      if (!isTransient || performance.now() >= deadlineMs) throw error;
      await delay(RETRY_MS);
    }
  }
}
