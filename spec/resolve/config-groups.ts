/** Groups Configs by whom they are for, with what can be told of those that are held. */

import type { BrokenObject } from '../repository.ts';
import { heldBy, isSameOutcome, usable, type Hold, type Outcome } from './outcome.ts';
import type { ConfigReferences } from './resolve-config-references.ts';
import type { ConfigText, ConfigUnit } from './resolve-config-unit.ts';
import { brokenOf, duplicatesOf, holdOf, type RepositoryIndex } from './repository-index.ts';

/** A text with what comes before it. */
export interface ConfigFile {
  readonly own: ConfigText;
  /** In the order in which they are joined, each once. */
  readonly references: readonly ConfigText[];
}

/** What is known of one Config by those who may use it. */
export interface ConfigEntry {
  readonly name: string;
  readonly fileName: string;
  /** Whom the file is for when neither `set` nor `node` says more. */
  readonly level: 'app' | 'service';
  /** For the level of a SET of an application: `name.area.group`, or `name.area.*`. */
  readonly set: string | undefined;
  /** For the level of a service on one node. */
  readonly node: string | undefined;
  readonly outcome: Outcome<ConfigFile>;
  /** Another Config takes its text, so it is of use whoever gets the file itself. */
  readonly isReferenced?: boolean;
}

/** Sorted by name; keeps its identity while its entries do. */
export type ConfigGroup = readonly ConfigEntry[];

interface ConfigGroups {
  readonly groups: ReadonlyMap<string, ConfigGroup>;
  readonly heldFiles: ReadonlyMap<string, Hold>;
}

interface ConfigUnits {
  readonly units: ReadonlyMap<string, ConfigUnit>;
  readonly holds: ReadonlyMap<string, Hold>;
  readonly references: Pick<ConfigReferences, 'files' | 'referenced'>;
}

export function buildConfigGroups(
  index: RepositoryIndex,
  { units, holds, references }: ConfigUnits,
  previous: ConfigGroups['groups'] | undefined,
): ConfigGroups {
  const groups = new Map<string, ConfigEntry[]>();
  const heldFiles = new Map<string, Hold>();
  for (const { entry, target } of units.values()) {
    const hold = holds.size === 0 ? undefined : holds.get(entry.name);
    const { files, referenced } = references;
    const file = files.size === 0 ? undefined : files.get(entry.name);
    const isReferenced = referenced.size > 0 && referenced.has(entry.name);
    const seen = isReferenced ? { ...entry, isReferenced } : entry;
    if (hold !== undefined) {
      addEntry(groups, target, { ...seen, outcome: heldBy(hold) });
      noteHeldFile(entry.fileName, hold, heldFiles);
    } else addEntry(groups, target, file === undefined ? seen : { ...seen, outcome: usable(file) });
  }
  for (const broken of [...brokenOf(index, 'Config'), ...duplicatesOf(index, 'Config')]) {
    addBroken(index, broken, groups, heldFiles);
  }
  return { groups: keepIdentity(groups, previous), heldFiles };
}

/** One of several, whatever their order. */
function noteHeldFile(fileName: string, hold: Hold, heldFiles: Map<string, Hold>): void {
  const known = heldFiles.get(fileName);
  if (known === undefined || hold.root.name < known.root.name) heldFiles.set(fileName, hold);
}

function addEntry(groups: Map<string, ConfigEntry[]>, key: string, entry: ConfigEntry): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [entry]);
  else group.push(entry);
}

/** Reads what can be read of a broken Config, so that those it is for wait for it. */
function addBroken(
  index: RepositoryIndex,
  broken: BrokenObject,
  groups: Map<string, ConfigEntry[]>,
  heldFiles: Map<string, Hold>,
): void {
  const hold = holdOf(index, broken);
  if (hold === undefined) return;
  const spec = fieldsOf(fieldsOf(broken.value)['spec']);
  const scope = fieldsOf(spec['scope']);
  const fileName = textField(spec['fileName']);
  noteHeldFile(fileName ?? '*', hold, heldFiles);
  const target = textField(scope['service']) ?? textField(scope['app']);
  if (fileName === undefined || target === undefined) return;
  const [set, node] = [textField(scope['set']), textField(scope['node'])];
  const level = textField(scope['service']) === undefined ? 'app' : 'service';
  const entry = { name: broken.name, fileName, level, set, node, outcome: heldBy(hold) } as const;
  addEntry(groups, target, entry);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function textField(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function keepIdentity(
  groups: Map<string, ConfigEntry[]>,
  previous: ConfigGroups['groups'] | undefined,
): ReadonlyMap<string, ConfigGroup> {
  const kept = new Map<string, ConfigGroup>();
  for (const [key, group] of groups) {
    if (group.length > 1) group.sort((left, right) => (left.name < right.name ? -1 : 1));
    const before = previous?.get(key);
    kept.set(key, before !== undefined && isSameGroup(before, group) ? before : group);
  }
  return kept;
}

function isSameGroup(left: ConfigGroup, right: ConfigGroup): boolean {
  if (left.length !== right.length) return false;
  return left.every((entry, position) => {
    const other = right[position];
    return (
      entry === other ||
      (entry.name === other?.name &&
        entry.fileName === other.fileName &&
        entry.level === other.level &&
        entry.set === other.set &&
        entry.node === other.node &&
        entry.isReferenced === other.isReferenced &&
        isSameOutcome(entry.outcome, other.outcome))
    );
  });
}
