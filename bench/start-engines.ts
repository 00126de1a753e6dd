/** Real servers for a benchmark, configured as those of a cluster of controllers. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCluster } from '../controller/cluster/create-cluster.ts';
import { openEngine, type Engine } from '../controller/cluster/open-engine.ts';
import { freePorts } from '../test/support/engine/free-ports.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

export interface StartedEngines {
  readonly engines: readonly Engine[];
  /** Of the first member: for processes that connect to the engines. */
  readonly clusterFile: string;
}

export async function startEngines(
  binary: string,
  folder: string,
  size: number,
): Promise<StartedEngines> {
  const ports = await freePorts(3 * size);
  const members = Array.from({ length: size }, (_, at) => {
    const [apiPort = 0, enginePort = 0, routePort = 0] = ports.slice(3 * at);
    return { name: `m${at}`, host: '127.0.0.1', apiPort, enginePort, routePort };
  });
  const { files } = await createCluster('bench', members, new Date());
  const clusterFile = join(folder, 'cluster.json');
  writeFileSync(clusterFile, JSON.stringify(files[0]), { mode: 0o600 });
  const engines = await Promise.all(
    files.map((file) =>
      openEngine({ clusterFile: file, dataDir: join(folder, file.member), binary, logger: silent }),
    ),
  );
  return { engines, clusterFile };
}
