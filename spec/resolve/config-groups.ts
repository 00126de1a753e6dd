/** Groups Configs by whom they are for, with what can be told of those that are held. */

import type { BrokenObject } from '../repository.ts';
import { heldBy, isSameOutcome, type Hold, type Outcome } from './outcome.ts';
import type { ConfigText, ConfigUnit } from './resolve-config-unit.ts';
import { brokenOf, duplicatesOf, holdOf, type RepositoryIndex } from './repository-index.ts';

/** What is known of one Config by those who may use it. */
export interface ConfigEntry {
  readonly name: string;
  readonly fileName: string;
  /** Set for the level service on one node. */
  readonly node: string | undefined;
  readonly outcome: Outcome<ConfigText>;
}

/** Sorted by name; keeps its identity while its entries do. */
export type ConfigGroup = readonly ConfigEntry[];

interface ConfigGroups {
  readonly groups: ReadonlyMap<string, ConfigGroup>;
  readonly heldFiles: ReadonlyMap<string, Hold>;
}

export function buildConfigGroups(
  index: RepositoryIndex,
  units: ReadonlyMap<string, ConfigUnit>,
  holds: ReadonlyMap<string, Hold>,
  previous: ConfigGroups['groups'] | undefined,
): ConfigGroups {
  const groups = new Map<string, ConfigEntry[]>();
  const heldFiles = new Map<string, Hold>();
  for (const { entry, target } of units.values()) {
    const hold = holds.size === 0 ? undefined : holds.get(entry.name);
    if (hold === undefined) addEntry(groups, target, entry);
    else {
      addEntry(groups, target, { ...entry, outcome: heldBy(hold) });
      noteHeldFile(entry.fileName, hold, heldFiles);
    }
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
  const node = textField(scope['node']);
  addEntry(groups, target, { name: broken.name, fileName, node, outcome: heldBy(hold) });
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
        entry.node === other.node &&
        isSameOutcome(entry.outcome, other.outcome))
    );
  });
}
