/** Makes and changes the cluster files of all members, as values; who calls writes them. */

import { randomBytes } from 'node:crypto';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { makeAuthority, makeMemberCertificate, type KeyPair } from './certificates.ts';
import { checkMembers } from './check-cluster.ts';
import { clusterFormat, membersMax } from './cluster-schema.ts';
import type { ClusterFile, ClusterMember } from './cluster-file.ts';

export interface CreatedCluster {
  readonly authority: KeyPair;
  /** One for each member. */
  readonly files: readonly ClusterFile[];
}

/** `CLUSTER_FILE_INVALID` when members share a name or an address. */
export async function createCluster(
  cluster: string,
  members: readonly ClusterMember[],
  now: Date,
): Promise<CreatedCluster> {
  refuseFaults(members);
  const authority = await makeAuthority(cluster, now);
  const common = {
    format: clusterFormat,
    cluster,
    members,
    engine: {
      user: 'tarsier',
      password: secret(),
      systemUser: 'tarsier-system',
      systemPassword: secret(),
      routePassword: secret(),
    },
    peerToken: secret(),
    tokens: { agent: secret(), publish: secret(), read: secret(), admin: secret() },
  } as const;
  const files = await Promise.all(
    members.map(async (member) => ({
      ...common,
      member: member.name,
      tls: await issue(authority, cluster, member, now),
    })),
  );
  return { authority, files };
}

/** The files of all members with one more; everything that the others share stays as it is. */
export async function addMember(
  { authority, files }: CreatedCluster,
  member: ClusterMember,
  now: Date,
): Promise<readonly ClusterFile[]> {
  const [first] = files;
  if (first === undefined) {
    throw new TarsierError('CLUSTER_FILE_INVALID', 'There is no cluster file to add a member to.');
  }
  const members = [...first.members, member];
  refuseFaults(members);
  const tls = await issue(authority, first.cluster, member, now);
  const added = { ...first, member: member.name, tls };
  return [...files, added].map((file) => ({ ...file, members }));
}

/** The files of those that stay. */
export function removeMember({ files }: CreatedCluster, name: string): readonly ClusterFile[] {
  const kept = files.filter(({ member }) => member !== name);
  if (kept.length === files.length || kept.length === 0) {
    const names = files.map(({ member }) => member).join(', ');
    throw new TarsierError(
      'USAGE',
      `Cannot take ${name} out of the members ${names}: ${kept.length === 0 ? 'it is the last one' : 'it is none of them'}.`,
    );
  }
  const members = kept[0]?.members.filter((member) => member.name !== name) ?? [];
  return kept.map((file) => ({ ...file, members }));
}

/** The same files with certificates that begin now. */
export async function renewCertificates(
  { authority, files }: CreatedCluster,
  now: Date,
): Promise<readonly ClusterFile[]> {
  return Promise.all(
    files.map(async (file) => {
      const member = file.members.find(({ name }) => name === file.member);
      if (member === undefined) return file;
      return { ...file, tls: await issue(authority, file.cluster, member, now) };
    }),
  );
}

async function issue(authority: KeyPair, cluster: string, member: ClusterMember, now: Date) {
  const made = await makeMemberCertificate(authority, { cluster, ...member }, now);
  return { ca: authority.cert, ...made };
}

function refuseFaults(members: readonly ClusterMember[]): void {
  const faults = [
    ...checkMembers(members),
    ...(members.length > membersMax ? [`it has more than ${membersMax} members`] : []),
  ];
  if (faults.length === 0) return;
  throw new TarsierError(
    'CLUSTER_FILE_INVALID',
    `Cannot make a cluster of these members: ${faults.join('; ')}.`,
    { details: { faults } },
  );
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}
