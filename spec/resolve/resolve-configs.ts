/** Configuration files by level: application, SET, service, and service on one node. */

import type { Fault } from '../fault.ts';
import { checkMergeAgreement } from './check-config-merge.ts';
import { buildConfigGroups, type ConfigGroup } from './config-groups.ts';
import { byPlace, placeOf, refOf, type Hold } from './outcome.ts';
import { holdOf, kindOf, objectsOf, troubleOf, type KindIndex } from './repository-index.ts';
import type { NodeStage } from './resolve-nodes.ts';
import {
  isUnchanged,
  resolveConfigUnit,
  type ConfigContext,
  type ConfigUnit,
} from './resolve-config-unit.ts';
import {
  noReferences,
  resolveReferences,
  type ConfigReferences,
} from './resolve-config-references.ts';
import type { KindTrouble } from './trouble.ts';
import { warnJoinedTexts } from './warn-joined-configs.ts';

export interface ConfigStage {
  readonly kind: KindIndex;
  readonly nodes: NodeStage;
  readonly services: ReadonlySet<string>;
  readonly trouble: KindTrouble | undefined;
  readonly missingHold: Hold | undefined;
  /** Those that name a node or a file, or something that is not there. */
  readonly dependent: readonly ConfigUnit[];
  /** Those of applications, with their SETs. */
  readonly ofApps: readonly ConfigUnit[];
  readonly units: ReadonlyMap<string, ConfigUnit>;
  readonly references: ConfigReferences;
  /** By application or service. */
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
  const { index, nodes, services } = context;
  const sameAround = previous !== undefined && isSameAround(previous, context);
  if (sameAround && canKeepAll(previous, context)) return previous;
  const units = resolveUnits(context, sameAround, previous);
  const holds = new Map<string, Hold>();
  const faults: Fault[] = [];
  const dependent: ConfigUnit[] = [];
  const ofApps: ConfigUnit[] = [];
  let isLayered = false;
  for (const [name, unit] of units) {
    for (const fault of unit.faults) faults.push(fault);
    if (!unit.outcome.ok) holds.set(name, unit.outcome.hold);
    if (!unit.isPlain) dependent.push(unit);
    if (unit.entry.level === 'app') ofApps.push(unit);
    isLayered ||= unit.isLayered;
  }
  for (const fault of findLevelClashes(units, holds)) faults.push(fault);
  if (isLayered) for (const fault of checkMergeAgreement(units, holds)) faults.push(fault);
  const references = isLayered
    ? resolveReferences(units, holds, context, previous?.references)
    : noReferences;
  for (const [name, hold] of references.holds) if (!holds.has(name)) holds.set(name, hold);
  for (const fault of references.faults) faults.push(fault);
  if (isLayered) for (const fault of warnJoinedTexts(units)) faults.push(fault);
  return {
    kind: kindOf(index, 'Config'),
    nodes,
    services,
    trouble: troubleOf(index, 'Config'),
    missingHold: index.trouble.unreadableHold,
    dependent,
    ofApps,
    units,
    references,
    ...buildConfigGroups(index, { units, holds, references }, previous?.groups),
    holds,
    faults,
  };
}

/** What counts for every Config but its object, its node and its text. */
function isSameAround(previous: ConfigStage, { index, services }: ConfigContext): boolean {
  return (
    previous.services === services &&
    previous.trouble === troubleOf(index, 'Config') &&
    previous.missingHold === index.trouble.unreadableHold
  );
}

function canKeepAll(previous: ConfigStage, context: ConfigContext): boolean {
  if (previous.kind !== kindOf(context.index, 'Config')) return false;
  const sameNodes = previous.nodes === context.nodes;
  return previous.dependent.every((unit) => isUnchanged(unit, context, sameNodes));
}

function resolveUnits(
  context: ConfigContext,
  sameAround: boolean,
  previous: ConfigStage | undefined,
): ReadonlyMap<string, ConfigUnit> {
  const { index } = context;
  const units = new Map<string, ConfigUnit>();
  for (const object of objectsOf(index, 'Config').values()) {
    if (holdOf(index, object) !== undefined) continue;
    const before = previous?.units.get(object.name);
    const isSame = sameAround && before?.object === object && before.isPlain;
    units.set(object.name, isSame ? before : resolveConfigUnit(object, context, before));
  }
  return units;
}

/** Two Configs for one file at one level hold each other. */
function findLevelClashes(
  units: ReadonlyMap<string, ConfigUnit>,
  holds: Map<string, Hold>,
): Fault[] {
  const owners = new Map<string, ConfigUnit>();
  const clashes = new Map<string, Set<ConfigUnit>>();
  for (const unit of units.values()) {
    const owner = owners.get(unit.level);
    if (owner === undefined) owners.set(unit.level, unit);
    else clashes.set(unit.level, (clashes.get(unit.level) ?? new Set([owner])).add(unit));
  }
  return [...clashes.values()].map((group) => levelClash([...group], holds));
}

function levelClash(group: readonly ConfigUnit[], holds: Map<string, Hold>): Fault {
  const objects = group.map(({ object }) => object).toSorted(byPlace);
  const [first, second, ...others] = objects as [ConfigUnit['object'], ConfigUnit['object']];
  const { scope, fileName } = second.value.spec;
  const on = scope.node === undefined ? '' : ` on ${scope.node}`;
  const inSet = scope.set === undefined ? '' : ` in SET ${scope.set}`;
  const message = `Configs ${first.name} and ${second.name} both describe ${fileName} of ${scope.app ?? scope.service}${inSet}${on}`;
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
