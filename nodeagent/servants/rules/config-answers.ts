/** What the configuration servant answers from the files of the services on this node (tars-contract §7.2). */

import type { ServedFile } from '../../../spec/desired-state.ts';

/** Files of the services on this node, as their targets say. */
export interface ServedConfigs {
  /** `undefined`: no such service on this node. */
  of(service: string): { readonly files: readonly ServedFile[] } | undefined;
  /** Names of all services on this node. */
  services(): Iterable<string>;
}

/** Whose files: those of one service, or what its application says to all of them. */
export interface ConfigOwner {
  readonly app: string;
  /** Empty for the application alone. */
  readonly server: string;
  readonly appOnly: boolean;
}

/** `foreign`: the owner is not on this node, and its files are nobody's business here. */
export function filesOf(
  configs: ServedConfigs,
  owner: ConfigOwner,
): readonly ServedFile[] | 'foreign' {
  if (owner.server !== '') return configs.of(`${owner.app}.${owner.server}`)?.files ?? 'foreign';
  const services = [...configs.services()].filter((service) => service.startsWith(`${owner.app}.`));
  if (services.length === 0) return 'foreign';
  // The application's levels are the same for all its services, unless these are of several sets.
  const byName = new Map<string, ServedFile>();
  for (const service of services.toSorted()) {
    for (const file of configs.of(service)?.files ?? []) {
      if (file.appContent !== undefined && !byName.has(file.name)) byName.set(file.name, file);
    }
  }
  return [...byName.values()];
}

function isForApplication(owner: ConfigOwner): boolean {
  return owner.appOnly || owner.server === '';
}

/** A missing file is an empty text. */
export function contentOf(
  files: readonly ServedFile[],
  owner: ConfigOwner,
  filename: string,
): string {
  const file = files.find(({ name }) => name === filename);
  return (isForApplication(owner) ? file?.appContent : file?.content) ?? '';
}

/** `node`: only files that say something for this node alone, which is all that `ListConfig` knows. */
export function namesOf(
  files: readonly ServedFile[],
  owner: ConfigOwner,
  of: 'node' | 'all',
): readonly string[] {
  const listed = files.filter((file) => {
    if (of === 'node') return file.levels.includes('node');
    return !isForApplication(owner) || file.appContent !== undefined;
  });
  return listed.map(({ name }) => name);
}
