/** Commands that are printed for the operator to go on with. */

import { join } from 'node:path';
import { clusterFileName } from '../../controller/cluster/cluster-folder.ts';
import type { ClusterMember } from '../../controller/cluster/cluster-file.ts';

const memberFilePath = '/etc/tarsier/cluster.json';

/** What to run on a member that has no file yet. */
export const firstStart: readonly string[] = [
  `chown tarsier: ${memberFilePath} && chmod 600 ${memberFilePath}`,
  `tarsctl controller --cluster ${memberFilePath} --repo URL`,
];

export function copyCommand(folder: string, { name, host }: ClusterMember): string {
  const target = host.includes(':') ? `[${host}]` : host;
  return `scp ${join(folder, clusterFileName(name))} ${target}:${memberFilePath}`;
}
