/** The packages of this installation: what is there, and every change of it. */

import { TarsierError } from '../../errors/tarsier-error.ts';
import type { HeldPackage } from '../../link/messages/messages.ts';
import {
  isDigest,
  isPackageName,
  isPackageVersion,
  type PackageArtifact,
} from '../../link/packages/package-reference.ts';
import type { PackageVersionView } from '../../link/packages/patch-api.ts';
import type { Digest } from '../../replica/core/blobs.ts';
import type { Replica } from '../../replica/core/replica.ts';
import { explainHeld, heldKey, heldOn } from './held-packages.ts';
import type { PatchStore } from './patch-store.ts';
import {
  findVersion,
  type PackageVersion,
  type PatchCommand,
  type PatchResult,
  type PatchState,
} from './patch-state.ts';

/** A version that a service asks for or runs. */
export interface PackageUse {
  readonly package: string;
  readonly version: string;
  /** Scope, such as `sz/Shop.CartServer`. */
  readonly by: string;
}

export type PatchReplica = Replica<PatchState, PatchCommand, PatchResult>;

export class StoredPackages implements PatchStore {
  readonly #replica: PatchReplica;
  readonly #packagesInUse: () => readonly PackageUse[];

  constructor(replica: PatchReplica, packagesInUse: () => readonly PackageUse[]) {
    this.#replica = replica;
    this.#packagesInUse = packagesInUse;
  }

  find(
    name: string,
    version: string,
    pinnedDigest?: string,
    node?: string,
  ): PackageArtifact | undefined {
    const { state } = this.#replica;
    const found = findVersion(state, name, version);
    if (found === undefined) {
      if (node === undefined) return undefined;
      return heldOn(state.held.get(heldKey(name, version)), node, pinnedDigest);
    }
    if (pinnedDigest !== undefined && pinnedDigest !== found.digest) return undefined;
    return { digest: found.digest, sizeBytes: found.sizeBytes };
  }

  explainMissing(name: string, version: string, pinnedDigest?: string): string {
    const found = findVersion(this.#replica.state, name, version);
    const held = this.#replica.state.held.get(heldKey(name, version));
    if (found === undefined && held !== undefined) return explainHeld(name, version, held);
    if (found === undefined) {
      return `The patch store has no ${name} ${version}. Push it: tarsctl patch push ${name} ${version} <package.tgz>.`;
    }
    return `${name} ${version} is stored as ${found.digest}, and Git pins ${pinnedDigest ?? 'another digest'}. Set release.digest to the stored one, or push these bytes under a new version.`;
  }

  onChange(listener: () => void): () => void {
    return this.#replica.subscribe((applied) => {
      if (applied.result.outcome === 'done') listener();
    });
  }

  /** Sorted by name; the newest version first. */
  list(name?: string): readonly PackageVersionView[] {
    const uses = this.#usesByVersion();
    const views: PackageVersionView[] = [];
    for (const [packageName, record] of this.#replica.state.packages) {
      if (name !== undefined && packageName !== name) continue;
      for (const [version, content] of record.versions) {
        views.push({
          package: packageName,
          version,
          ...content,
          isDefault: record.defaultVersion === version,
          usedBy: uses.get(`${packageName} ${version}`) ?? [],
        });
      }
    }
    return views.toSorted((a, b) => compareText(a.package, b.package) || b.pushedAt - a.pushedAt);
  }

  /** Throws `PACKAGE_NOT_FOUND`. */
  get(name: string, version: string): PackageVersionView {
    const versions = this.list(name);
    const found = versions.find((view) => view.version === version);
    if (found !== undefined) return found;
    throw notFound(name, version, versions);
  }

  /** What is stored under this version with the same digest; throws `PACKAGE_EXISTS` for another. */
  sameOrFree(name: string, version: string, digest: Digest): PackageVersionView | undefined {
    const { state } = this.#replica;
    const held = state.held.get(heldKey(name, version));
    if (held !== undefined && !held.has(digest)) {
      const [first = digest] = held.keys();
      throw exists(name, version, first, digest);
    }
    const stored = findVersion(state, name, version);
    if (stored === undefined) return undefined;
    if (stored.digest !== digest) throw exists(name, version, stored.digest, digest);
    return this.get(name, version);
  }

  /** Records content that is in the blobs already. Safe to repeat; `PACKAGE_EXISTS` otherwise. */
  async add(name: string, version: string, content: PackageVersion): Promise<PackageVersionView> {
    const command = { type: 'add', package: name, version, content } as const;
    const { result } = await this.#replica.propose(command);
    if (result.outcome === 'exists') throw exists(name, version, result.digest, content.digest);
    return this.get(name, version);
  }

  /** For content of a local directory, which may change. */
  async addOrReplace(name: string, version: string, content: PackageVersion): Promise<void> {
    if (findVersion(this.#replica.state, name, version) === undefined) {
      await this.add(name, version, content);
      return;
    }
    const command = { type: 'replace', package: name, version, content } as const;
    const { result } = await this.#replica.propose(command);
    if (result.outcome === 'exists') throw exists(name, version, result.digest, content.digest);
  }

  /** After a rebuild: an agent has releases of these. Safe to repeat. */
  async noteHeld(node: string, packages: readonly HeldPackage[]): Promise<void> {
    const { state } = this.#replica;
    const unknown = packages.filter(({ package: name, version, digest }) => {
      if (!isDigest(digest) || !isPackageName(name) || !isPackageVersion(version)) return false;
      if (findVersion(state, name, version) !== undefined) return false;
      return state.held.get(heldKey(name, version))?.get(digest)?.nodes.has(node) !== true;
    });
    if (unknown.length === 0) return;
    await this.#replica.propose({ type: 'hold', node, packages: unknown });
  }

  /** Throws `PACKAGE_NOT_FOUND`, or `PACKAGE_IN_USE` when a service or the default needs it. */
  async remove(name: string, version: string): Promise<PackageVersionView> {
    const view = this.get(name, version);
    if (view.usedBy.length > 0) {
      throw inUse(name, version, `${view.usedBy.slice(0, 5).join(', ')} needs it`, view.usedBy);
    }
    const { result } = await this.#replica.propose({ type: 'remove', package: name, version });
    if (result.outcome === 'is-default') throw inUse(name, version, 'it is the default', []);
    if (result.outcome === 'not-found') throw notFound(name, version, this.list(name));
    return view;
  }

  /** Throws `PACKAGE_NOT_FOUND`. */
  async setDefault(name: string, version: string): Promise<PackageVersionView> {
    const { result } = await this.#replica.propose({ type: 'set-default', package: name, version });
    if (result.outcome === 'not-found') throw notFound(name, version, this.list(name));
    return this.get(name, version);
  }

  referencedDigests(): ReadonlySet<Digest> {
    const digests = new Set<Digest>();
    for (const record of this.#replica.state.packages.values()) {
      for (const content of record.versions.values()) digests.add(content.digest);
    }
    return digests;
  }

  /** Bytes of all stored versions; equal content counts once. */
  storedBytes(): number {
    const sizes = new Map<Digest, number>();
    for (const record of this.#replica.state.packages.values()) {
      for (const { digest, sizeBytes } of record.versions.values()) sizes.set(digest, sizeBytes);
    }
    return sizes.values().reduce((sum, sizeBytes) => sum + sizeBytes, 0);
  }

  #usesByVersion(): ReadonlyMap<string, readonly string[]> {
    const uses = new Map<string, string[]>();
    for (const use of this.#packagesInUse()) {
      const key = `${use.package} ${use.version}`;
      const users = uses.get(key) ?? [];
      if (!users.includes(use.by)) users.push(use.by);
      uses.set(key, users);
    }
    return uses;
  }
}

function exists(name: string, version: string, stored: Digest, offered: Digest): TarsierError {
  return new TarsierError(
    'PACKAGE_EXISTS',
    `${name} ${version} is in the patch store with other content (${stored}, not ${offered}).`,
    { details: { package: name, version, storedDigest: stored, offeredDigest: offered } },
  );
}

function inUse(
  name: string,
  version: string,
  why: string,
  usedBy: readonly string[],
): TarsierError {
  return new TarsierError('PACKAGE_IN_USE', `${name} ${version} is not deleted: ${why}.`, {
    details: { package: name, version, usedBy },
  });
}

function notFound(
  name: string,
  version: string,
  versions: readonly PackageVersionView[],
): TarsierError {
  const known = versions.slice(0, 5).map((view) => view.version);
  const message = `The patch store has no ${name} ${version}.`;
  return known.length === 0
    ? new TarsierError('PACKAGE_NOT_FOUND', message)
    : new TarsierError('PACKAGE_NOT_FOUND', message, {
        hint: `The newest versions of ${name} are ${known.join(', ')}.`,
      });
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
