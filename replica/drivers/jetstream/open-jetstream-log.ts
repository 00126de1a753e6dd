/** Opens a log on NATS JetStream, with the copy that this member keeps of it. */

import { rename, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import { TarsierError, isTarsierError } from '../../../errors/tarsier-error.ts';
import type { Log } from '../../core/log.ts';
import { encodeMove, moveCommandId } from '../../core/move-record.ts';
import { openEmbeddedLog, type EmbeddedLog } from '../embedded/embedded-log.ts';
import type { Position } from './batch.ts';
import { findContinuation } from './find-continuation.ts';
import { LogCopy } from './log-copy.ts';
import { LogNotices } from './log-notices.ts';
import type { MessagePlace } from './log-stream.ts';
import { logMoved } from './log-unavailable.ts';
import { newMessageId } from './message-id.ts';
import { natsSignals } from './nats-signals.ts';
import { openNatsStream, type NatsStream, type StreamCopies } from './nats-stream.ts';
import { refuseOldServer } from './server/server-version.ts';
import { StreamLog, type StreamLogOptions } from './stream-log.ts';

export interface JetStreamLogOptions extends Pick<
  StreamLogOptions,
  'appendTimeoutMs' | 'checkEveryMs' | 'onRepair' | 'onTrouble' | 'onFailed'
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
  /** Gives up waiting. */
  readonly signal?: AbortSignal;
  /** How long to wait for a majority of the servers; 60 s by default. */
  readonly openTimeoutMs?: number;
  /** Told when the own copy was put aside, because the engine has another history. */
  readonly onSetAside?: (directory: string, error: TarsierError) => void;
}

/** A log that more than one process has open. */
export interface JetStreamLog extends Log {
  /** What this member knows, without asking anybody. */
  known(): {
    readonly name: string;
    readonly entries: number;
    /** What keeps it from going on, or its copy from being safe. */
    readonly trouble?: string;
  };
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
  const { connection, name, signal } = options;
  refuseOldServer(connection.info?.version ?? '0', connection.getServer());
  const deadlineMs = performance.now() + (options.openTimeoutMs ?? OPEN_TIMEOUT_MS);
  const stream = await untilAvailable({ deadlineMs, signal }, () => openNatsStream(options));
  const signals = natsSignals(connection, 'tarsier');
  const opened = await openCopy(options, stream, deadlineMs);
  if (opened.copy.isMoved) {
    await opened.copy.close();
    throw logMoved(name);
  }
  // It answers the others while it asks them.
  const silent = { onStored() {}, onMissing() {}, head: () => opened.copy.head.sequence };
  const notices = new LogNotices(name, signals, silent);
  try {
    await untilAvailable({ deadlineMs, signal }, () =>
      checkWhoKnows(options, stream, opened, notices),
    );
  } catch (error) {
    await opened.copy.close();
    throw error;
  } finally {
    notices.close();
  }
  const { members = options.replicas } = options;
  const { agreed, copy } = opened;
  const log = new StreamLog({
    ...options,
    members,
    stream,
    copy,
    signals,
    ...(agreed === undefined ? {} : { agreed }),
  });
  return Object.assign(log, {
    known() {
      const { trouble } = log;
      return { name, entries: copy.head.sequence, ...(trouble !== undefined && { trouble }) };
    },
    copies: () => stream.copies(),
    async moveAway(to: string) {
      const payload = encodeMove({ to });
      await log.append({ commandId: moveCommandId(newMessageId()), payload });
    },
    setReplicas: (replicas: number) => stream.setReplicas(replicas),
  });
}

/**
 * Before it writes, a member hears from most of the others how far they know the log. Where one of
 * them knows more than the stream has, the engine has lost entries: whoever has them puts them back
 * first, or others would take their places. An empty stream is a new one only if all members are
 * there and know nothing: one may be about to bring the entries of another engine.
 */
async function checkWhoKnows(
  { name, directory, replicas, members = replicas }: JetStreamLogOptions,
  stream: NatsStream,
  opened: OpenedCopy,
  notices: LogNotices,
): Promise<void> {
  const others = members - 1;
  const known = await notices.askWhoKnows(ASK_WHO_KNOWS_MS, others);
  // Looked at afterwards: what others know is in it by then, unless it was lost.
  const { continuation, last } = await findContinuation(stream, opened.copy, opened.agreed);
  if (continuation.kind === 'ahead') {
    opened.copy.extend(continuation.entries);
    opened.agreed = last;
  }
  if (continuation.kind === 'trimmed') {
    // Others put a log back that begins later, while this member waited.
    opened.copy = await beginAt(opened.copy, directory, continuation.start);
    throw notYet(`The log ${name} begins with entry ${continuation.start.sequence + 1} by now.`);
  }
  const own = opened.copy.head.sequence;
  const most = Math.max(0, ...known);
  if (most > own || continuation.kind === 'gap') {
    notices.askFor(own + 1);
    throw notYet(
      `The log ${name} can be read up to entry ${own} in the engine, and there is more of it: a member that knows it puts it back.`,
    );
  }
  const isNew = own === 0 && last.streamSequence === 0;
  const needed = isNew ? others : Math.floor(members / 2);
  if (known.length >= needed) return;
  throw notYet(
    `Only ${known.length} of the ${others} other members are there to say how far they know the log ${name}, and ${needed} are needed${isNew ? ': it is empty in the engine' : ''}.`,
  );
}

function notYet(message: string): TarsierError {
  return new TarsierError('LOG_UNAVAILABLE', message);
}

interface OpenedCopy {
  copy: LogCopy;
  /** The message up to which copy and stream say the same, once they do. */
  agreed: MessagePlace | undefined;
}

async function openCopy(
  options: JetStreamLogOptions,
  stream: NatsStream,
  deadlineMs: number,
): Promise<OpenedCopy> {
  const { directory, signal } = options;
  const copy = await LogCopy.open(await openDisk(directory));
  try {
    const { continuation, last } = await untilAvailable({ deadlineMs, signal }, () =>
      findContinuation(stream, copy, undefined),
    );
    if (continuation.kind === 'trimmed') {
      return { copy: await beginAt(copy, directory, continuation.start), agreed: undefined };
    }
    if (continuation.kind === 'forked') {
      await copy.close();
      await setAside(options, continuation.at, copy.head);
      return await openCopy(options, stream, deadlineMs);
    }
    if (continuation.kind !== 'ahead') return { copy, agreed: undefined };
    copy.extend(continuation.entries);
    return { copy, agreed: last };
  } catch (error) {
    await copy.close();
    throw error;
  }
}

async function openDisk(directory: string): Promise<EmbeddedLog> {
  try {
    return await openEmbeddedLog({ directory });
  } catch (error) {
    if (!isTarsierError(error) || error.code !== 'LOG_DAMAGED') throw error;
    throw new TarsierError('LOG_DAMAGED', error.message, {
      hint: `It is a copy of what the engine keeps. While the other members run, move ${directory} aside and start again: it is filled from there.`,
      details: error.details,
      cause: error,
    });
  }
}

/** A copy that lacks what no member keeps any more begins anew; the state comes from a snapshot. */
async function beginAt(copy: LogCopy, directory: string, startAt: Position): Promise<LogCopy> {
  await copy.close();
  await rm(directory, { recursive: true });
  return LogCopy.open(await openEmbeddedLog({ directory, startAt }));
}

async function setAside(
  { name, directory, onSetAside }: JetStreamLogOptions,
  { sequence }: Position,
  head: Position,
): Promise<void> {
  const aside = `${directory}.other-history-${Date.now()}`;
  await rename(directory, aside);
  onSetAside?.(
    aside,
    new TarsierError(
      'LOG_FORKED',
      `The copy of the log ${name} had other entries behind ${sequence} than the engine. It was put aside in ${aside}; entries up to ${head.sequence} that were acknowledged to this member may be lost.`,
      { details: { directory: aside, sequence, head: head.sequence } },
    ),
  );
}

interface Patience {
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
}

async function untilAvailable<Value>(
  { deadlineMs, signal }: Patience,
  attempt: () => Promise<Value>,
): Promise<Value> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      const isTransient = isTarsierError(error) && error.consequence === 'transient';
      if (!isTransient || performance.now() >= deadlineMs) throw error;
      await delay(RETRY_MS);
    }
  }
}
