/** Warns when texts are written one behind the other in a format that this makes invalid. */

import type { Fault } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import type { ConfigFile } from './config-groups.ts';
import { byPlace, placeOf, refOf, type FaultList } from './outcome.ts';
import { levelKey, type ConfigUnit } from './resolve-config-unit.ts';

type Config = ObjectOf<'Config'>;

/** Formats in which two texts behind each other are no text of that format. */
const oneRootOnly = /\.(json|ya?ml|toml|xml)$/i;
const canBeMerged = /\.(json|ya?ml|toml)$/i;

function isBrokenByJoining({ value }: Config): boolean {
  return value.spec.merge === 'concat' && oneRootOnly.test(value.spec.fileName);
}

/** Levels of one service. Told at the narrowest level, which is the one that a person added last. */
export function warnJoinedLevels(
  service: ObjectOf<'Service'>,
  levels: readonly ConfigFile[],
  list: FaultList,
): void {
  const first = levels[0]?.own.object;
  const last = levels.at(-1)?.own.object;
  if (first === undefined || last === undefined || first === last) return;
  // Levels of the application are joined for every service: told once, with the Configs.
  if (last.value.spec.scope.app !== undefined || !isBrokenByJoining(last)) return;
  const place = placeOf(last, '/spec/fileName');
  const isTold = ({ code, place: told }: Fault) =>
    code === 'SPEC_CONFIG_JOINED' &&
    told.path === place.path &&
    told.documentIndex === place.documentIndex;
  if (list.faults.some(isTold)) return;
  const { fileName } = last.value.spec;
  const what = `${fileName} of ${service.name} is joined from ${levels.length} levels`;
  list.faults.push(joinedFault(last, '/spec/fileName', what, first));
}

/** What is joined whoever the service is: a text with its references, and levels of an application. */
export function warnJoinedTexts(units: ReadonlyMap<string, ConfigUnit>): Fault[] {
  const faults: Fault[] = [];
  const ofSets: Config[] = [];
  for (const { object } of units.values()) {
    const { references, scope, fileName } = object.value.spec;
    if (references.length === 0 && scope.set === undefined) continue;
    if (!isBrokenByJoining(object)) continue;
    if (scope.set !== undefined) ofSets.push(object);
    const referenced = units.get(references[0] ?? '')?.object;
    if (referenced === undefined) continue;
    const what = `${fileName} of Config ${object.name} is joined from references and its own text`;
    faults.push(joinedFault(object, '/spec/references/0', what, referenced));
  }
  return ofSets.length === 0 ? faults : [...faults, ...warnSets(ofSets, units)];
}

function warnSets(ofSets: readonly Config[], units: ReadonlyMap<string, ConfigUnit>): Fault[] {
  const wider = new Map<string, Config>();
  for (const { object, level } of units.values()) {
    const { app, set } = object.value.spec.scope;
    if (app === undefined || set !== undefined) continue;
    const known = wider.get(level);
    // Of two that clash the first is named, whatever the order of the table.
    if (known === undefined || byPlace(object, known) < 0) wider.set(level, object);
  }
  return ofSets.flatMap((object) => {
    const { scope, fileName } = object.value.spec;
    const first = wider.get(levelKey({ app: scope.app ?? '' }, fileName));
    if (first === undefined) return [];
    const what = `${fileName} of application ${scope.app} in SET ${scope.set} is joined from two levels`;
    return [joinedFault(object, '/spec/fileName', what, first)];
  });
}

/** `last` comes behind `first`. */
function joinedFault(last: Config, pointer: string, what: string, first: Config): Fault {
  const { fileName } = last.value.spec;
  return {
    code: 'SPEC_CONFIG_JOINED',
    severity: 'warning',
    message: `${what}, which makes no valid file`,
    place: placeOf(last, pointer),
    object: refOf(last),
    hint: canBeMerged.test(fileName)
      ? 'set `merge: deep` on every level to merge them by structure; they are written one behind the other'
      : 'texts are written one behind the other: keep a file of this format at one level',
    related: [
      { place: placeOf(first, '/spec/fileName'), message: 'the text before it is from here' },
    ],
  };
}
