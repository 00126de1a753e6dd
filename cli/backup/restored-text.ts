/** What was found in a backup, in a few lines. */

import type { BackupManifest } from '../../controller/backup/manifest.ts';
import type { RestoredFigures } from '../../controller/backup/restore-data.ts';
import { formatBytes } from '../../registry/status/render/format-bytes.ts';
import { formatAgo } from '../../registry/status/render/format-time.ts';

export function countPackages(count: number): string {
  return count === 1 ? '1 package' : `${count} packages`;
}

export function restoredText(
  { createdAt, version, cluster }: BackupManifest,
  figures: RestoredFigures,
  now: number,
): string {
  const { entries, stateDigests, nodes, scopes, instances, packages, packageBytes } = figures;
  const objects = nodes + scopes + instances;
  const of = cluster === undefined ? '' : ` of cluster ${cluster}`;
  return [
    `  written   ${formatAgo(createdAt, now)} (${new Date(createdAt).toISOString()}) by Tarsier ${version}${of}`,
    `  registry  entry ${entries.registry}, ${objects} objects (nodes ${nodes}, scopes ${scopes}, instances ${instances})`,
    `            state sha256:${stateDigests.registry}`,
    `  packages  entry ${entries.patch}, ${countPackages(packages)}, ${formatBytes(packageBytes)}, every byte verified`,
    `            state sha256:${stateDigests.patch}`,
    `  tokens    ${figures.tokens === 0 ? 'none: new ones are made, and agents need the new one' : figures.tokens}`,
    '',
  ].join('\n');
}
