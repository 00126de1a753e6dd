/** The patch store as a deterministic state machine: which bytes stand behind which version. */

import type { HeldPackage } from '../../link/messages/messages.ts';
import type { Digest } from '../../replica/core/blobs.ts';
import { heldKey, noteHeld, type HeldVersions } from './held-packages.ts';

/** `directory`: packed from a local folder by `tarsctl dev`; only such a version can be replaced. */
export type PackageSource = 'push' | 'directory';

export interface PackageVersion {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly files: number;
  readonly unpackedBytes: number;
  readonly pushedAt: number;
  readonly by: string;
  readonly comment: string;
  readonly source: PackageSource;
}

export interface PackageRecord {
  readonly versions: Map<string, PackageVersion>;
  defaultVersion: string | undefined;
}

export interface PatchState {
  readonly packages: Map<string, PackageRecord>;
  /** Versions that are not stored, and that agents have. */
  readonly held: HeldVersions;
}

interface AboutVersion {
  readonly package: string;
  readonly version: string;
}

export interface AddPackage extends AboutVersion {
  readonly type: 'add';
  readonly content: PackageVersion;
}

/** Other bytes under a version that came from a directory, and goes on coming from one. */
export interface ReplacePackage extends AboutVersion {
  readonly type: 'replace';
  readonly content: PackageVersion;
}

export interface RemovePackage extends AboutVersion {
  readonly type: 'remove';
}

export interface SetDefault extends AboutVersion {
  readonly type: 'set-default';
}

/** After a rebuild: an agent has releases of these. */
export interface HoldPackages {
  readonly type: 'hold';
  readonly node: string;
  readonly packages: readonly HeldPackage[];
}

export type PatchCommand = AddPackage | ReplacePackage | RemovePackage | SetDefault | HoldPackages;

export type PatchResult =
  | { readonly outcome: 'done' }
  /** The state was so already; nothing changed. */
  | { readonly outcome: 'unchanged' }
  /** The version is there with other bytes. */
  | { readonly outcome: 'exists'; readonly digest: Digest }
  | { readonly outcome: 'not-found' }
  | { readonly outcome: 'is-default' };

export function initialPatchState(): PatchState {
  return { packages: new Map(), held: new Map() };
}

/** Changes `state` in place. */
export function applyPatchCommand(state: PatchState, command: PatchCommand): PatchResult {
  switch (command.type) {
    case 'add':
      return add(state, command);
    case 'replace':
      return replace(state, command);
    case 'remove':
      return remove(state, command);
    case 'set-default':
      return setDefault(state, command);
    case 'hold':
      return hold(state, command);
  }
}

export function findVersion(
  state: PatchState,
  name: string,
  version: string,
): PackageVersion | undefined {
  return state.packages.get(name)?.versions.get(version);
}

function add(state: PatchState, { package: name, version, content }: AddPackage): PatchResult {
  const before = findVersion(state, name, version);
  if (before !== undefined) {
    return before.digest === content.digest
      ? { outcome: 'unchanged' }
      : { outcome: 'exists', digest: before.digest };
  }
  const held = state.held.get(heldKey(name, version));
  // Under one version nobody gets other bytes than those that run already.
  if (held !== undefined && content.source === 'push' && !held.has(content.digest)) {
    const [digest = content.digest] = held.keys();
    return { outcome: 'exists', digest };
  }
  state.held.delete(heldKey(name, version));
  const record = state.packages.get(name) ?? { versions: new Map(), defaultVersion: undefined };
  record.versions.set(version, content);
  state.packages.set(name, record);
  return { outcome: 'done' };
}

function replace(state: PatchState, command: ReplacePackage): PatchResult {
  const { package: name, version, content } = command;
  const before = findVersion(state, name, version);
  if (before === undefined) return { outcome: 'not-found' };
  if (before.digest === content.digest) return { outcome: 'unchanged' };
  if (before.source !== 'directory' || content.source !== 'directory') {
    return { outcome: 'exists', digest: before.digest };
  }
  state.packages.get(name)?.versions.set(version, content);
  return { outcome: 'done' };
}

function remove(state: PatchState, { package: name, version }: RemovePackage): PatchResult {
  const record = state.packages.get(name);
  if (record === undefined || !record.versions.has(version)) return { outcome: 'not-found' };
  const isLast = record.versions.size === 1;
  if (record.defaultVersion === version && !isLast) return { outcome: 'is-default' };
  record.versions.delete(version);
  if (isLast) state.packages.delete(name);
  return { outcome: 'done' };
}

function setDefault(state: PatchState, { package: name, version }: SetDefault): PatchResult {
  const record = state.packages.get(name);
  if (record === undefined || !record.versions.has(version)) return { outcome: 'not-found' };
  if (record.defaultVersion === version) return { outcome: 'unchanged' };
  record.defaultVersion = version;
  return { outcome: 'done' };
}

function hold(state: PatchState, { node, packages }: HoldPackages): PatchResult {
  let isNews = false;
  for (const found of packages) {
    if (findVersion(state, found.package, found.version) !== undefined) continue;
    isNews = noteHeld(state.held, node, found) || isNews;
  }
  return { outcome: isNews ? 'done' : 'unchanged' };
}
