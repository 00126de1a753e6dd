/**
 * Packages whose bytes were lost with the patch store, and of which agents hold unpacked releases.
 * The same archive cannot be made of these: they run where they are, and go nowhere else until the
 * same build is pushed again.
 */

import type { HeldPackage } from '../../link/messages/messages.ts';
import type { PackageArtifact } from '../../link/packages/package-reference.ts';
import type { Digest } from '../../replica/core/blobs.ts';

export interface HeldContent {
  readonly sizeBytes: number;
  readonly nodes: Set<string>;
}

/** By `name version`, then by digest: agents may hold different bytes of one version. */
export type HeldVersions = Map<string, Map<Digest, HeldContent>>;

export type HeldRow = readonly [
  version: string,
  contents: readonly (readonly [Digest, number, readonly string[]])[],
];

export function heldKey(name: string, version: string): string {
  return `${name} ${version}`;
}

/** Whether that was news. */
export function noteHeld(held: HeldVersions, node: string, found: HeldPackage): boolean {
  const key = heldKey(found.package, found.version);
  const digest = found.digest as Digest;
  const contents = held.get(key) ?? new Map<Digest, HeldContent>();
  held.set(key, contents);
  const content = contents.get(digest) ?? { sizeBytes: found.sizeBytes, nodes: new Set<string>() };
  contents.set(digest, content);
  if (content.nodes.has(node)) return false;
  content.nodes.add(node);
  return true;
}

/** What the node can run without fetching anything. */
export function heldOn(
  contents: ReadonlyMap<Digest, HeldContent> | undefined,
  node: string,
  pinnedDigest: string | undefined,
): PackageArtifact | undefined {
  for (const [digest, { sizeBytes, nodes }] of contents ?? []) {
    if (!nodes.has(node) || (pinnedDigest ?? digest) !== digest) continue;
    return { digest, sizeBytes };
  }
  return undefined;
}

export function heldRows(held: HeldVersions): readonly HeldRow[] {
  return [...held].map(([version, contents]) => [
    version,
    [...contents].map(([digest, { sizeBytes, nodes }]) => [digest, sizeBytes, [...nodes]]),
  ]);
}

export function heldVersions(rows: readonly HeldRow[]): HeldVersions {
  return new Map(
    rows.map(([version, contents]) => [
      version,
      new Map(
        contents.map(([digest, sizeBytes, nodes]) => [
          digest,
          { sizeBytes, nodes: new Set(nodes) },
        ]),
      ),
    ]),
  );
}

const nodesShownMax = 5;

/** Which build must be pushed again. */
export function explainHeld(
  name: string,
  version: string,
  contents: ReadonlyMap<Digest, HeldContent>,
): string {
  const nodes = [...new Set([...contents.values()].flatMap((content) => [...content.nodes]))];
  const shown = nodes.toSorted().slice(0, nodesShownMax).join(', ');
  const more = nodes.length > nodesShownMax ? ` and ${nodes.length - nodesShownMax} more` : '';
  const digests = [...contents.keys()].join(' or ');
  return `The bytes of ${name} ${version} were lost with the patch store; only the agents of ${shown}${more} have it. Push the same build (${digests}) again: tarsctl patch push ${name} ${version} <package.tgz>.`;
}
