/** Ends the logs of a cluster in its engine, so that one member can go on alone and no other does. */

import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { isMove, readMove } from '../../replica/core/move-record.ts';
import { openEmbeddedLog } from '../../replica/drivers/embedded/embedded-log.ts';
import {
  openJetStreamLog,
  type JetStreamLog,
} from '../../replica/drivers/jetstream/open-jetstream-log.ts';
import type { EngineLog } from '../../replica/drivers/jetstream/server/engine-log.ts';
import { waitUntilReady } from '../../replica/drivers/jetstream/server/wait-until-ready.ts';
import type { ClusterFile } from '../cluster/cluster-file.ts';
import { openEngine } from '../cluster/open-engine.ts';
import { findLog, logFolder, storeNames, type StoreName } from './data-folder.ts';
import { mustHavePackages } from './must-have-packages.ts';

export interface EndOptions {
  readonly file: ClusterFile;
  readonly dataDir: string;
  readonly serverBinary?: string;
  readonly externalUrl?: string;
  readonly logger: EngineLog;
}

const READY_MS = 60_000;

/**
 * Brings the copies of this member up to date and writes the last entry of each log. Safe to repeat.
 * `ENGINE_NOT_READY` without a majority, `LOG_MOVED` when the logs went on at another member.
 */
export async function endClusterLogs(options: EndOptions): Promise<void> {
  const { file, dataDir, logger, serverBinary, externalUrl } = options;
  const open: StoreName[] = [];
  for (const store of storeNames) if (!(await isEndedFor(options, store))) open.push(store);
  if (open.length === 0) return;
  const engine = await openEngine({
    clusterFile: file,
    dataDir,
    logger,
    ...(serverBinary === undefined ? {} : { binary: serverBinary }),
    ...(externalUrl === undefined ? {} : { externalUrl }),
  });
  try {
    const { servers, connectOptions } = engine;
    await waitUntilReady({ servers, ...connectOptions }, READY_MS);
    const connection = await connect({ servers, ...connectOptions, noEcho: true });
    try {
      await withLogs(options, connection, open, async (logs) => {
        for (const log of logs) await log.head();
      });
      // What others acknowledged is known by now; its bytes must be here before they go.
      await mustHavePackages(dataDir);
      await withLogs(options, connection, open, async (logs) => {
        // At once: when one log has ended, the others stop, and no majority is left for the second.
        await Promise.all(logs.map((log) => log.moveAway(file.member)));
      });
    } finally {
      await connection.close();
    }
  } finally {
    await engine.close();
  }
}

async function withLogs(
  { file, dataDir }: EndOptions,
  connection: NatsConnection,
  stores: readonly StoreName[],
  use: (logs: readonly JetStreamLog[]) => Promise<void>,
): Promise<void> {
  const logs: JetStreamLog[] = [];
  try {
    for (const store of stores) {
      logs.push(
        await openJetStreamLog({
          name: `${file.cluster}-${store}`,
          connection,
          directory: logFolder(dataDir, store, 'jetstream'),
          replicas: file.members.length,
        }),
      );
    }
    await use(logs);
  } finally {
    for (const log of logs) await log.close();
  }
}

/** A move that was broken off may have ended some logs already. */
async function isEndedFor({ file, dataDir }: EndOptions, store: StoreName): Promise<boolean> {
  const log = await openEmbeddedLog({ directory: findLog(dataDir, store, 'jetstream') });
  try {
    const { sequence } = await log.head();
    const [last] = sequence === 0 ? [] : await log.read(sequence, 1);
    if (last === undefined || !isMove(last.commandId)) return false;
    const { to } = readMove(last);
    if (to === file.member) return true;
    throw new TarsierError(
      'LOG_MOVED',
      `The logs of ${join(dataDir, store)} ended: they go on at member ${to}. Two controllers must not go on with one history.`,
    );
  } finally {
    await log.close();
  }
}
