/** The folder of the one who looks after a cluster: a file for each member, and the authority's key. */

import { X509Certificate, createPrivateKey, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TarsierError } from '../../errors/tarsier-error.ts';
import type { KeyPair } from './certificates.ts';
import { parseClusterFile, readPrivateFile, type ClusterFile } from './cluster-file.ts';
import type { CreatedCluster } from './create-cluster.ts';

const suffix = '.cluster.json';

/** Never into a folder that has something in it: keys that are replaced are lost. */
export async function writeNewCluster(folder: string, cluster: CreatedCluster): Promise<string[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0) {
    throw new TarsierError('USAGE', `Cannot write a new cluster to ${folder}: it is not empty.`, {
      hint: 'Name a new folder with --out, or add to the cluster that is there: tarsctl cluster add-member.',
    });
  }
  await writeWhole(join(folder, 'ca.key'), cluster.authority.key, 0o600);
  await writeWhole(join(folder, 'ca.pem'), cluster.authority.cert, 0o644);
  return ['ca.key', 'ca.pem', ...(await writeClusterFiles(folder, cluster.files))].map((name) =>
    join(folder, name),
  );
}

/** Each is replaced as a whole. Returns their names. */
export async function writeClusterFiles(
  folder: string,
  files: readonly ClusterFile[],
): Promise<string[]> {
  for (const file of files) {
    const text = `${JSON.stringify(file, undefined, 2)}\n`;
    await writeWhole(join(folder, clusterFileName(file.member)), text, 0o600);
  }
  return files.map(({ member }) => clusterFileName(member));
}

/** Safe to repeat. */
export async function removeClusterFile(folder: string, member: string): Promise<void> {
  await rm(join(folder, clusterFileName(member)), { force: true });
}

export function clusterFileName(member: string): string {
  return `${member}${suffix}`;
}

/** `CLUSTER_FILE_INVALID` when files are missing, are of different clusters, or name different members. */
export async function readClusterFolder(folder: string, now: Date): Promise<CreatedCluster> {
  const names = await readdir(folder).catch(() => []);
  const files = await Promise.all(
    names
      .filter((name) => name.endsWith(suffix))
      .toSorted()
      .map(async (name) => readOwn(join(folder, name), now)),
  );
  const key = await readPrivateFile(join(folder, 'ca.key'));
  const cert = files[0]?.tls.ca ?? '';
  refuseDifferences(folder, files, { key, cert });
  return { authority: { key, cert }, files };
}

/** What `renew` is for is no fault here. */
async function readOwn(path: string, now: Date): Promise<ClusterFile> {
  const text = await readPrivateFile(path);
  try {
    return parseClusterFile(text, path, now);
  } catch (error) {
    const faults = error instanceof TarsierError ? error.details['faults'] : undefined;
    if (!Array.isArray(faults) || !faults.every(isCuredByRenewal)) throw error;
    return JSON.parse(text) as ClusterFile;
  }
}

function isCuredByRenewal(fault: unknown): boolean {
  return ['tls.cert ran out ', 'tls.cert is not for '].some((start) =>
    String(fault).startsWith(start),
  );
}

function refuseDifferences(
  folder: string,
  files: readonly ClusterFile[],
  authority: KeyPair,
): void {
  const [first] = files;
  const present = files.map(({ member }) => member);
  const missing = first?.members.filter(({ name }) => !present.includes(name)) ?? [];
  const faults = [
    ...(first === undefined ? ['there is no cluster file'] : []),
    ...missing.map(({ name }) => `${clusterFileName(name)} is missing`),
    ...files
      .filter((file) => sharedPart(file) !== sharedPart(first ?? file))
      .map(({ member }) => `${clusterFileName(member)} does not agree with the others`),
    ...(first === undefined || isKeyOf(authority)
      ? []
      : ['ca.key is not the key of their authority']),
  ];
  if (faults.length === 0) return;
  throw new TarsierError(
    'CLUSTER_FILE_INVALID',
    `The files in ${folder} cannot be changed together: ${faults.join('; ')}.`,
    { details: { faults } },
  );
}

function isKeyOf({ cert, key }: KeyPair): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function sharedPart(file: ClusterFile): string {
  return JSON.stringify({ ...file, member: '', tls: file.tls.ca });
}

async function writeWhole(path: string, content: string, mode: number): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    const handle = await open(draft, 'wx', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
