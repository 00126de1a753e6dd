/** Which Configs make up a file of one service, and on which of its instances. */

import type { ConfigLevel } from '../desired-state.ts';
import type { ConfigEntry, ConfigGroup } from './config-groups.ts';
import type { Placed } from './place-service.ts';

export interface LeveledConfig {
  readonly level: ConfigLevel;
  readonly entry: ConfigEntry;
}

/** What of an instance counts: a node with levels of its own, a SET that levels are for. */
export interface Variant {
  readonly node?: string | undefined;
  readonly set?: string | undefined;
}

export class ConfigLevels {
  readonly #byFile: ReadonlyMap<string, readonly ConfigEntry[]>;
  readonly #nodes: ReadonlySet<string>;
  readonly #sets: readonly string[];

  /** `isWanted`: whether a file is of use to the service. */
  constructor(groups: readonly ConfigGroup[], isWanted: (fileName: string) => boolean) {
    const entries = groups.flat().filter(({ fileName }) => isWanted(fileName));
    this.#byFile = Map.groupBy(entries, ({ fileName }) => fileName);
    this.#nodes = new Set(entries.flatMap(({ node }) => node ?? []));
    this.#sets = [...new Set(entries.flatMap(({ set }) => set ?? []))];
  }

  get fileNames(): readonly string[] {
    return [...this.#byFile.keys()];
  }

  /** Two instances with the same key have the same files. */
  variantOf({ name, set }: Placed): { readonly key: string; readonly variant: Variant } {
    const node = this.#nodes.has(name) ? name : undefined;
    const own = this.#sets.some((one) => coversSet(one, set)) ? set : undefined;
    return { key: `${node ?? ''} ${own ?? ''}`, variant: { node, set: own } };
  }

  /** From the widest to the narrowest. */
  find(fileName: string, variant: Variant): readonly LeveledConfig[] {
    const found: LeveledConfig[] = [];
    for (const entry of this.#byFile.get(fileName) ?? []) {
      const level = levelOf(entry, variant);
      if (level !== undefined) found.push({ level, entry });
    }
    return found.length < 2 ? found : found.toSorted((left, right) => width(left) - width(right));
  }
}

/** Whether instances in `set` get a level that is for `scope`. */
function coversSet(scope: string, set: string | undefined): boolean {
  if (set === undefined) return false;
  return scope === set || (isWildcard(scope) && set.startsWith(scope.slice(0, -1)));
}

function isWildcard(set: string): boolean {
  return set.endsWith('.*');
}

/** Undefined when the entry is for other instances. */
function levelOf(entry: ConfigEntry, variant: Variant): ConfigLevel | undefined {
  if (entry.set !== undefined) return coversSet(entry.set, variant.set) ? 'app-set' : undefined;
  if (entry.node !== undefined) return entry.node === variant.node ? 'node' : undefined;
  return entry.level;
}

const widths: Readonly<Record<ConfigLevel, number>> = {
  app: 0,
  'app-set': 1,
  service: 3,
  node: 4,
};

/** All groups of an area come before one of them. */
function width({ level, entry }: LeveledConfig): number {
  const isOneGroup = level === 'app-set' && !isWildcard(entry.set ?? '');
  return widths[level] + (isOneGroup ? 1 : 0);
}
