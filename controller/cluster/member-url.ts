/** Where a member of the cluster serves its API. */

import type { ClusterMember } from './cluster-file.ts';

export function memberUrl({ host, apiPort }: Pick<ClusterMember, 'host' | 'apiPort'>): string {
  return `https://${host.includes(':') ? `[${host}]` : host}:${apiPort}`;
}
