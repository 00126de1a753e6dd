/** Opens what speaks over the link beside targets and output: lookups, reports, commands, locks. */

import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { Locator } from '../locator/locator.ts';
import type { ObjectSource } from '../locator/object-source.ts';
import { ObjectsFolder } from '../locator/objects-folder.ts';
import { ReportBuffer } from '../reports/report-buffer.ts';
import { ReportSender } from '../reports/report-sender.ts';
import type { ReportSink } from '../reports/report-sink.ts';
import { InstanceCommands, type RunCommand } from './instance-commands.ts';
import type { LinkPart, LinkSend } from './link-part.ts';
import { LinkedMasterLocks, type MasterLocks } from './master-locks.ts';

export interface LinkPartsOptions {
  readonly node: string;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly send: LinkSend;
  readonly runCommand: RunCommand;
  /** The fencing number of a lock was told. */
  readonly onEpoch?: (epoch: number | undefined) => void;
  /** Of reports that wait for a controller. */
  readonly reportBytesMax?: number;
}

export interface LinkParts {
  readonly objects: ObjectSource;
  readonly reports: ReportSink;
  readonly locks: MasterLocks;
  readonly all: readonly LinkPart[];
  close(): Promise<void>;
}

const TICK_MS = 60_000;
/** A disk that is full stays so for a while: one line tells it. */
const SAME_FAULT_MS = 60_000;

export function openLinkParts(options: LinkPartsOptions): LinkParts {
  const { node, dataDir, clock, logger, send, runCommand, reportBytesMax } = options;
  const onReportsFailed = seldom(clock, (error) =>
    logger.error({ err: error }, 'reports were dropped: the disk does not take them'),
  );
  const onObjectsFailed = seldom(clock, (error) =>
    logger.error({ err: error }, 'looked up objects were not saved'),
  );
  const folder = new ObjectsFolder(join(dataDir, 'objects'), {
    onDamage: (path, why) => logger.error({ path, why }, 'looked up objects are asked for anew'),
    onWriteFailed: onObjectsFailed,
  });
  const locator = new Locator({ clock, store: folder, send });
  const buffer: ReportBuffer = new ReportBuffer({
    folder: join(dataDir, 'reports'),
    node,
    now: () => clock.now(),
    onWriteFailed: onReportsFailed,
    onAdded: () => sender.pump(),
    ...(reportBytesMax === undefined ? {} : { bytesMax: reportBytesMax }),
  });
  const sender = new ReportSender(buffer, send);
  const locks = new LinkedMasterLocks(node, send, (epoch) => options.onEpoch?.(epoch));
  const timer = setInterval(() => locator.tick(), TICK_MS);
  timer.unref();
  return {
    objects: locator,
    reports: buffer,
    locks,
    all: [locator, locks, new InstanceCommands(runCommand, send), sender],
    async close() {
      clearInterval(timer);
      locator.close();
      buffer.close();
      await folder.close();
    },
  };
}

function seldom(clock: Clock, report: (error: unknown) => void): (error: unknown) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (clock.now() - toldAt < SAME_FAULT_MS) return;
    toldAt = clock.now();
    report(error);
  };
}
