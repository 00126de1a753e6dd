/** The packages of which this machine has whole releases, for a controller that lost its own. */

import type { HeldPackage } from '../../link/messages/messages.ts';
import { heldPackagesMax } from '../../link/messages/interest-limits.ts';
import type { InstanceTarget } from '../../registry/model.ts';
import { releaseMarkers } from './release-folders.ts';
import { inspectRelease } from './release-marker.ts';

/**
 * Releases whose files are as they were unpacked. The size of the package is in the marker, or in
 * a target that brought it; without either, the release is left out.
 */
export async function heldPackages(
  servicesFolder: string,
  targets: readonly InstanceTarget[],
): Promise<readonly HeldPackage[]> {
  const sizes = new Map<string, number>();
  for (const { artifact } of targets) {
    if (artifact !== undefined) sizes.set(artifact.digest, artifact.sizeBytes);
  }
  const held = new Map<string, HeldPackage>();
  for (const { path, marker } of await releaseMarkers(servicesFolder)) {
    const { package: name, version, digest } = marker;
    const sizeBytes = marker.sizeBytes ?? sizes.get(digest);
    const key = `${name} ${version} ${digest}`;
    if (sizeBytes === undefined || held.has(key) || held.size >= heldPackagesMax) continue;
    const { kind } = await inspectRelease(path, digest);
    if (kind === 'whole') held.set(key, { package: name, version, digest, sizeBytes });
  }
  return [...held.values()];
}
