/** Finds levels of one file that do not agree on how they are merged. */

import type { Fault } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import { byPlace, placeOf, refOf, type Hold } from './outcome.ts';
import type { ConfigUnit } from './resolve-config-unit.ts';

type Config = ObjectOf<'Config'>;

/** The narrower level is to blame, so that a slip of one service holds no other one. */
export function checkMergeAgreement(
  units: ReadonlyMap<string, ConfigUnit>,
  holds: Map<string, Hold>,
): Fault[] {
  const objects = [...units.values()].map(({ object }) => object);
  if (!objects.some(({ value }) => value.spec.merge === 'deep')) return [];
  const sorted = objects.toSorted(byWidth);
  /** The widest level of a file: of an application, and of a service. */
  const widest = new Map<string, Config>();
  const faults: Fault[] = [];
  for (const object of sorted) {
    const { scope, fileName } = object.value.spec;
    const [app = ''] = (scope.app ?? scope.service ?? '').split('.', 1);
    const own = `${scope.app ?? scope.service} ${fileName}`;
    const first = widest.get(`${app} ${fileName}`) ?? widest.get(own);
    if (first === undefined) widest.set(own, object);
    else if (first.value.spec.merge !== object.value.spec.merge) {
      faults.push(disagreement(object, first, holds));
    }
  }
  return faults;
}

function byWidth(left: Config, right: Config): number {
  return width(left) - width(right) || byPlace(left, right);
}

function width({ value }: Config): number {
  const { app, set, node } = value.spec.scope;
  if (app !== undefined) return set === undefined ? 0 : 1;
  return node === undefined ? 2 : 3;
}

function disagreement(object: Config, first: Config, holds: Map<string, Hold>): Fault {
  const code = 'SPEC_CONFIG_MERGE';
  const { fileName, merge } = object.value.spec;
  const { merge: other } = first.value.spec;
  const message = `${fileName} is merged in two ways: ${other} by Config ${first.name}, ${merge} by Config ${object.name}`;
  if (!holds.has(object.name)) holds.set(object.name, { code, message, root: refOf(object) });
  return {
    code,
    severity: 'error',
    message,
    place: mergePlace(object),
    object: refOf(object),
    hint: 'all levels of one file say the same `merge`; `concat` is the default',
    related: [{ place: mergePlace(first), message: `the wider level says ${other}` }],
  };
}

/** `concat` need not be written. */
function mergePlace(object: Config) {
  const pointer = object.value.spec.merge === 'deep' ? '/spec/merge' : '/spec/fileName';
  return placeOf(object, pointer);
}
