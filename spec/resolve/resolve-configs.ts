/** Configuration files by level: application, service, and service on one node. */

import type { Fault } from '../fault.ts';
import type { BrokenObject } from '../repository.ts';
import { heldBy, isSameOutcome, placeOf, refOf, type Hold, type Outcome } from './outcome.ts';
import { brokenOf, byPlace, holdOf, objectsOf, type RepositoryIndex } from './repository-index.ts';
import {
  resolveConfigUnit,
  type ConfigContext,
  type ConfigText,
  type ConfigUnit,
} from './resolve-config-unit.ts';

/** What is known of one Config by those who may use it. */
export interface ConfigEntry {
  readonly name: string;
  readonly fileName: string;
  /** Set for the level service on one node. */
  readonly node: string | undefined;
  readonly outcome: Outcome<ConfigText>;
}

export type ConfigGroup = readonly ConfigEntry[];

export interface ConfigStage {
  readonly units: ReadonlyMap<string, ConfigUnit>;
  /** By application or service, sorted by name; a group keeps its identity while its entries do. */
  readonly groups: ReadonlyMap<string, ConfigGroup>;
  readonly holds: ReadonlyMap<string, Hold>;
  /** Held Configs by file name, and under `*` when not even that is known. */
  readonly heldFiles: ReadonlyMap<string, Hold>;
  readonly faults: readonly Fault[];
}

export function resolveConfigs(
  context: ConfigContext,
  previous: ConfigStage | undefined,
): ConfigStage {
  const { index } = context;
  const units = new Map<string, ConfigUnit>();
  const holds = new Map<string, Hold>();
  const faults: Fault[] = [];
  for (const object of objectsOf(index, 'Config').values()) {
    if (holdOf(index, object) !== undefined) continue;
    const unit = resolveConfigUnit(object, context, previous?.units.get(object.name));
    units.set(object.name, unit);
    faults.push(...unit.faults);
    if (!unit.outcome.ok) holds.set(object.name, unit.outcome.hold);
  }
  faults.push(...findLevelClashes(units, holds));
  const groups = new Map<string, ConfigEntry[]>();
  const heldFiles = new Map<string, Hold>();
  for (const unit of units.values()) {
    addUnit(unit, holds.get(unit.object.name), groups, heldFiles);
  }
  for (const broken of doubtful(index)) addBroken(index, broken, groups, heldFiles);
  return { units, groups: keepIdentity(groups, previous), holds, heldFiles, faults };
}

/** Two Configs for one file at one level hold each other. */
function findLevelClashes(
  units: ReadonlyMap<string, ConfigUnit>,
  holds: Map<string, Hold>,
): Fault[] {
  const levels = new Map<string, ConfigUnit[]>();
  for (const unit of units.values()) {
    const { scope, fileName } = unit.object.value.spec;
    const level = `${scope.app ?? scope.service} ${scope.node ?? ''} ${fileName}`;
    const group = levels.get(level);
    if (group === undefined) levels.set(level, [unit]);
    else group.push(unit);
  }
  const faults: Fault[] = [];
  for (const group of levels.values()) {
    if (group.length > 1) faults.push(levelClash(group, holds));
  }
  return faults;
}

function levelClash(group: readonly ConfigUnit[], holds: Map<string, Hold>): Fault {
  const objects = group.map(({ object }) => object).toSorted(byPlace);
  const [first, second, ...others] = objects as [ConfigUnit['object'], ConfigUnit['object']];
  const { scope, fileName } = second.value.spec;
  const on = scope.node === undefined ? '' : ` on ${scope.node}`;
  const message = `Configs ${first.name} and ${second.name} both describe ${fileName} of ${scope.app ?? scope.service}${on}`;
  const code = 'SPEC_DUPLICATE_CONFIG';
  for (const object of objects) {
    if (!holds.has(object.name)) holds.set(object.name, { code, message, root: refOf(object) });
  }
  return {
    code,
    severity: 'error',
    message,
    place: placeOf(second, '/spec/fileName'),
    object: refOf(second),
    hint: 'join them, or change the scope or the file name of one',
    related: [first, ...others].map((object) => ({
      place: placeOf(object, '/spec/fileName'),
      message: `Config ${object.name} describes it here`,
    })),
  };
}

function addUnit(
  unit: ConfigUnit,
  hold: Hold | undefined,
  groups: Map<string, ConfigEntry[]>,
  heldFiles: Map<string, Hold>,
): void {
  const { scope, fileName } = unit.object.value.spec;
  const outcome = hold === undefined ? unit.outcome : heldBy(hold);
  if (!outcome.ok) heldFiles.set(fileName, outcome.hold);
  const entry = { name: unit.object.name, fileName, node: scope.node, outcome };
  addEntry(groups, scope.app ?? scope.service ?? '', entry);
}

function addEntry(groups: Map<string, ConfigEntry[]>, key: string, entry: ConfigEntry): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [entry]);
  else group.push(entry);
}

/** Configs that failed their schema, or share their name with another one. */
function doubtful(index: RepositoryIndex): readonly BrokenObject[] {
  if (index.holds.size === 0) return [];
  const duplicates = [...objectsOf(index, 'Config').values()].filter(
    (object) => holdOf(index, object) !== undefined,
  );
  return [...brokenOf(index, 'Config'), ...duplicates];
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
  heldFiles.set(fileName ?? '*', hold);
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
  previous: ConfigStage | undefined,
): ReadonlyMap<string, ConfigGroup> {
  const kept = new Map<string, ConfigGroup>();
  for (const [key, group] of groups) {
    if (group.length > 1) group.sort((left, right) => (left.name < right.name ? -1 : 1));
    const before = previous?.groups.get(key);
    kept.set(key, before !== undefined && isSameGroup(before, group) ? before : group);
  }
  return kept;
}

function isSameGroup(left: ConfigGroup, right: ConfigGroup): boolean {
  if (left.length !== right.length) return false;
  return left.every((entry, position) => {
    const other = right[position];
    return (
      other !== undefined &&
      entry.name === other.name &&
      entry.fileName === other.fileName &&
      entry.node === other.node &&
      isSameOutcome(entry.outcome, other.outcome)
    );
  });
}
