/** Decides which unpacked releases are deleted: by count per service, and by bytes on the disk. */

export interface StoredRelease {
  readonly service: string;
  readonly path: string;
  readonly sizeBytes: number;
  /** When it was installed or last switched to. */
  readonly usedAt: number;
  /** Current, running, or being installed: never deleted. */
  readonly inUse: boolean;
}

export interface RetentionLimits {
  /** Releases of a service that are kept beside those in use, for rollback. */
  readonly oldReleasesMax: number;
  /** All releases on this machine; those in use and the newest old one of a service always stay. */
  readonly diskBudgetBytes: number;
}

/** Returns the paths to delete, oldest first. */
export function planRetention(
  releases: readonly StoredRelease[],
  limits: RetentionLimits,
): readonly string[] {
  const deleted = new Set<StoredRelease>();
  const spare: StoredRelease[] = [];
  for (const old of Map.groupBy(
    releases.filter((release) => !release.inUse).toSorted((a, b) => b.usedAt - a.usedAt),
    (release) => release.service,
  ).values()) {
    for (const release of old.slice(limits.oldReleasesMax)) deleted.add(release);
    // The newest old one is what a rollback goes back to.
    spare.push(...old.slice(1, limits.oldReleasesMax));
  }
  let bytes = 0;
  for (const release of releases) if (!deleted.has(release)) bytes += release.sizeBytes;
  for (const release of spare.toSorted((a, b) => a.usedAt - b.usedAt)) {
    if (bytes <= limits.diskBudgetBytes) break;
    deleted.add(release);
    bytes -= release.sizeBytes;
  }
  return [...deleted].toSorted((a, b) => a.usedAt - b.usedAt).map((release) => release.path);
}
