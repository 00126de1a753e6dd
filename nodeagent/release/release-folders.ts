/** Looks at the release folders of all services. */

import { readdir, readlink, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { StoredRelease } from './plan-retention.ts';
import { readMarker, type ReleaseMarker } from './release-marker.ts';

/** Prefixes of what only exists while something is being done. */
const leftoverPattern = /^\.(staging|trash|current)-/;

/** Removes what a process that was killed left behind. To be called before anything is installed. */
export async function removeLeftovers(servicesFolder: string): Promise<void> {
  for (const service of await readdir(servicesFolder)) {
    const serviceFolder = join(servicesFolder, service);
    for (const folder of [serviceFolder, join(serviceFolder, 'releases')]) {
      for (const name of await namesIn(folder)) {
        if (!leftoverPattern.test(name)) continue;
        await rm(join(folder, name), { recursive: true, force: true });
      }
    }
  }
}

/** Every whole release; `current` counts as in use, beside what `inUse` says. */
export async function listReleases(
  servicesFolder: string,
  inUse: (path: string) => boolean,
): Promise<readonly StoredRelease[]> {
  const releases: StoredRelease[] = [];
  for (const service of await readdir(servicesFolder)) {
    const serviceFolder = join(servicesFolder, service);
    const current = await currentRelease(serviceFolder);
    for (const name of await namesIn(join(serviceFolder, 'releases'))) {
      if (leftoverPattern.test(name)) continue;
      const path = join(serviceFolder, 'releases', name);
      const marker = await readMarker(path);
      const sizeBytes = (marker?.files ?? []).reduce((sum, [, bytes]) => sum + bytes, 0);
      const { mtimeMs } = await stat(path);
      releases.push({
        service,
        path,
        sizeBytes,
        usedAt: mtimeMs,
        inUse: path === current || inUse(path),
      });
    }
  }
  return releases;
}

/** Of every release that has one. */
export async function releaseMarkers(
  servicesFolder: string,
): Promise<readonly { readonly path: string; readonly marker: ReleaseMarker }[]> {
  const found: { path: string; marker: ReleaseMarker }[] = [];
  for (const service of await namesIn(servicesFolder)) {
    const releases = join(servicesFolder, service, 'releases');
    for (const name of await namesIn(releases)) {
      if (leftoverPattern.test(name)) continue;
      const path = join(releases, name);
      const marker = await readMarker(path);
      if (marker !== undefined) found.push({ path, marker });
    }
  }
  return found;
}

async function currentRelease(serviceFolder: string): Promise<string | undefined> {
  try {
    return resolve(serviceFolder, await readlink(join(serviceFolder, 'current')));
  } catch {
    return undefined;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}
