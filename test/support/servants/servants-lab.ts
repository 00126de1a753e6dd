/** The servants of an agent on a free port, with everything behind them in memory. */

import pino from 'pino';
import { onTestFinished } from 'vitest';
import type { CollectedEntry } from '../../../link/messages/collected-entry.ts';
import type { ServerBeats } from '../../../nodeagent/servants/server-object.ts';
import {
  startServants,
  type Servants,
  type ServantsOptions,
} from '../../../nodeagent/servants/start-servants.ts';
import { eventually } from '../agent/eventually.ts';
import { FakeObjects } from './fake-objects.ts';
import { servedConfigs } from './served-configs.ts';

export type Beat = readonly [kind: string, service: string, ...rest: readonly unknown[]];
export type LogLine = Readonly<Record<string, unknown>>;

export interface ServantsLab {
  readonly servants: Servants;
  readonly port: number;
  readonly objects: FakeObjects;
  readonly beats: readonly Beat[];
  readonly reports: readonly CollectedEntry[];
  readonly locks: readonly unknown[];
  readonly logLines: readonly LogLine[];
  /** The body of the newest report of a kind, when there are at least `count`. */
  reported(kind: CollectedEntry['kind'], count?: number): Promise<unknown>;
}

/** The one service of this node. */
export const labService = 'Shop.CartServer';

export async function startServantsLab(
  options: Partial<ServantsOptions> = {},
): Promise<ServantsLab> {
  const objects = new FakeObjects();
  const beats: Beat[] = [];
  const reports: CollectedEntry[] = [];
  const locks: unknown[] = [];
  const logLines: LogLine[] = [];
  const log = pino(
    { level: 'debug' },
    { write: (line) => logLines.push(JSON.parse(line) as LogLine) },
  );
  const servants = await startServants({
    host: '127.0.0.1',
    port: 0,
    node: { name: 'sz-1', addresses: () => ['10.0.0.1'] },
    objects,
    locks: {
      requestLock(request) {
        locks.push(request);
        return Promise.resolve(0);
      },
    },
    beats: fakeBeats(beats),
    configs: servedConfigs({ [labService]: [] }),
    reports: { add: (entry) => reports.push(entry) },
    log,
    ...options,
  });
  onTestFinished(() => servants.close());
  return {
    servants,
    port: servants.port,
    objects,
    beats,
    reports,
    locks,
    logLines,
    async reported(kind, count = 1) {
      const found = await eventually(() => {
        const ofKind = reports.filter((entry) => entry.kind === kind);
        return ofKind.length >= count && ofKind.at(-1);
      });
      return JSON.parse(found.body) as unknown;
    },
  };
}

function fakeBeats(beats: Beat[]): ServerBeats {
  const heard = (...beat: Beat): boolean => {
    beats.push(beat);
    return beat[1] === labService;
  };
  return {
    keepAlive: ({ service, pid, adapter }) => heard('keepAlive', service, pid, adapter),
    keepActiving: ({ service, pid }) => heard('keepActiving', service, pid),
    reportVersion: (service, version) => heard('reportVersion', service, version),
    latestKeepAliveSeconds: () => 1_796_000_000,
  };
}
