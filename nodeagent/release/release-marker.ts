/**
 * The marker in an unpacked release: says which bytes it came from and lists its files. It is
 * written last, and the folder gets its name after it: a release with a marker is whole.
 *
 * The list has sizes and modification times, not digests: it finds files that were edited, truncated
 * or lost, at the cost of one `lstat` per file, and does not claim to stop a local attacker.
 */

import { lstat, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { releaseMarkerName } from '../../link/packages/archive-entries.ts';
import type { Digest } from '../../replica/core/blobs.ts';

/** Path, size in bytes, time of modification in ms. */
export type ReleaseFile = readonly [path: string, sizeBytes: number, mtimeMs: number];

export interface ReleaseMarker {
  readonly format: 1;
  readonly package: string;
  readonly version: string;
  readonly digest: Digest;
  /** Of the package; absent in markers of older agents. */
  readonly sizeBytes?: number;
  readonly installedAt: number;
  readonly files: readonly ReleaseFile[];
}

export type ReleaseCondition =
  | { readonly kind: 'absent' }
  | { readonly kind: 'whole' }
  /** At most a few of the paths that are not as they were unpacked. */
  | { readonly kind: 'changed'; readonly paths: readonly string[] };

const changedPathsMax = 10;
const lookAtOnce = 64;

export async function writeMarker(folder: string, marker: ReleaseMarker): Promise<void> {
  const handle = await open(join(folder, releaseMarkerName), 'wx', 0o644);
  try {
    await handle.writeFile(JSON.stringify(marker));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function readMarker(folder: string): Promise<ReleaseMarker | undefined> {
  try {
    const marker = JSON.parse(await readFile(join(folder, releaseMarkerName), 'utf8'));
    return marker.format === 1 ? (marker as ReleaseMarker) : undefined;
  } catch {
    return undefined;
  }
}

/** Compares the release with its marker. */
export async function inspectRelease(folder: string, digest: Digest): Promise<ReleaseCondition> {
  const exists = await lstat(folder).then(
    () => true,
    () => false,
  );
  if (!exists) return { kind: 'absent' };
  const marker = await readMarker(folder);
  if (marker === undefined || marker.digest !== digest) {
    return { kind: 'changed', paths: [releaseMarkerName] };
  }
  const paths: string[] = [];
  for (let start = 0; start < marker.files.length; start += lookAtOnce) {
    const files = marker.files.slice(start, start + lookAtOnce);
    const same = await Promise.all(files.map((file) => isAsUnpacked(folder, file)));
    for (const [index, file] of files.entries()) if (same[index] === false) paths.push(file[0]);
    if (paths.length >= changedPathsMax) break;
  }
  return paths.length === 0
    ? { kind: 'whole' }
    : { kind: 'changed', paths: paths.slice(0, changedPathsMax) };
}

async function isAsUnpacked(
  folder: string,
  [path, sizeBytes, mtimeMs]: ReleaseFile,
): Promise<boolean> {
  try {
    const found = await lstat(join(folder, path));
    return found.isFile() && found.size === sizeBytes && found.mtimeMs === mtimeMs;
  } catch {
    return false;
  }
}
