/** Sees to it that each log of the engine has as many copies as the cluster has members. */

import type { Logger } from 'pino';
import type { JetStreamLog } from '../../replica/drivers/jetstream/open-jetstream-log.ts';
import type { ClusterFile } from './cluster-file.ts';
import type { LiveMembers } from './live-members.ts';

export interface KeepCopiesOptions {
  readonly file: ClusterFile;
  readonly members: LiveMembers;
  readonly logs: readonly JetStreamLog[];
  readonly isLeader: () => boolean;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

const SILENT_MS_MAX = 5_000;

/**
 * To be called now and then. Does something only at the leader, and only when every member is heard
 * and has a file that names the same number: a file that was not renewed must change nothing.
 */
export async function keepCopies(options: KeepCopiesOptions): Promise<void> {
  const { file, members, logs, isLeader, logger } = options;
  const wanted = file.members.length;
  const heard = members.heard.filter(({ silentMs }) => silentMs < SILENT_MS_MAX);
  const agree = heard.length === wanted && heard.every((one) => one.members === wanted);
  if (!isLeader() || !agree) return;
  for (const log of logs) {
    const { name } = log.known();
    try {
      const { leader, others } = await log.copies();
      const copies = others.length + (leader === undefined ? 0 : 1);
      if (leader === undefined || copies === wanted) continue;
      await log.setReplicas(wanted);
      logger.info({ log: name, copies, wanted }, 'number of copies changed');
    } catch (error) {
      logger.warn({ log: name, wanted, err: error }, 'number of copies not changed');
    }
  }
}
