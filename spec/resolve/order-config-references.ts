/** Configs behind what they reference, and the circles that cannot be ordered. */

import type { ObjectOf } from '../kind-of.ts';
import { byPlace } from './outcome.ts';

type Config = ObjectOf<'Config'>;

export interface ReferenceOrder {
  /** References first. */
  readonly ordered: readonly Config[];
  /** On a circle, or behind one. */
  readonly circular: ReadonlyMap<string, Config>;
}

/** `objects`: those that have references. */
export function orderReferences(objects: ReadonlyMap<string, Config>): ReferenceOrder {
  const waitsFor = new Map<string, number>();
  const users = new Map<string, Config[]>();
  for (const object of objects.values()) {
    const names = object.value.spec.references.filter((name) => objects.has(name));
    waitsFor.set(object.name, names.length);
    for (const name of names) {
      const known = users.get(name);
      if (known === undefined) users.set(name, [object]);
      else known.push(object);
    }
  }
  const ordered = [...objects.values()].filter(({ name }) => waitsFor.get(name) === 0);
  for (const object of ordered) {
    for (const user of users.get(object.name) ?? []) {
      const left = (waitsFor.get(user.name) ?? 0) - 1;
      waitsFor.set(user.name, left);
      // The loop goes on to what is added here.
      if (left === 0) ordered.push(user);
    }
  }
  const done = new Set(ordered.map(({ name }) => name));
  return { ordered, circular: new Map([...objects].filter(([name]) => !done.has(name))) };
}

/**
 * At least one circle of those that hang together, each once, from its first object by place.
 * Every object of `circular` references another one of them.
 */
export function findReferenceCycles(
  circular: ReadonlyMap<string, Config>,
): readonly (readonly Config[])[] {
  const cycles: Config[][] = [];
  const done = new Set<string>();
  for (const start of circular.values()) {
    const trail: Config[] = [];
    const onTrail = new Map<string, number>();
    let next: Config | undefined = start;
    while (next !== undefined && !done.has(next.name) && !onTrail.has(next.name)) {
      onTrail.set(next.name, trail.length);
      trail.push(next);
      next = firstOf(next, circular);
    }
    const entry = next === undefined ? undefined : onTrail.get(next.name);
    if (entry !== undefined) cycles.push(rotate(trail.slice(entry)));
    for (const { name } of trail) done.add(name);
  }
  return cycles;
}

function firstOf({ value }: Config, circular: ReadonlyMap<string, Config>): Config | undefined {
  const name = value.spec.references.find((one) => circular.has(one));
  return name === undefined ? undefined : circular.get(name);
}

function rotate(cycle: Config[]): Config[] {
  const [first] = cycle.toSorted(byPlace);
  const start = first === undefined ? 0 : cycle.indexOf(first);
  return [...cycle.slice(start), ...cycle.slice(0, start)];
}
