/** What would be gone if the next state took effect. */

import type { DesiredScope } from '../desired-state.ts';
import type { InForce } from '../resolve/resolved.ts';

export interface Removals {
  /** Services without any instance left; sorted. */
  readonly services: readonly string[];
  /** Of these services, and of services that shrink or move; sorted. */
  readonly instances: readonly string[];
  readonly nodes: readonly string[];
  /** What `confirmDelete` must say. */
  readonly total: number;
}

type Next = Pick<InForce, 'nodes' | 'scopes'>;

export function findRemovals(inForce: InForce, next: Next): Removals {
  const touched: DesiredScope[] = [];
  for (const [id, scope] of inForce.scopes) {
    const after = next.scopes.get(id);
    if (after !== scope && after?.digest !== scope.digest) touched.push(scope);
  }
  const remaining = remainingInstances(touched, next);
  const services = new Set<string>();
  const instances: string[] = [];
  for (const scope of touched) {
    const left = remaining.get(scope.service);
    if (left === undefined) services.add(scope.service);
    for (const { instance } of scope.instances) {
      if (left?.has(instance) !== true) instances.push(instance);
    }
  }
  const nodes = [...inForce.nodes.keys()].filter((name) => !next.nodes.has(name));
  return {
    services: [...services].toSorted(),
    instances: instances.toSorted(),
    nodes: nodes.toSorted(),
    total: services.size + instances.length + nodes.length,
  };
}

/** Instances that the touched services have afterwards; a service that is gone has no entry. */
function remainingInstances(
  touched: readonly DesiredScope[],
  next: Next,
): ReadonlyMap<string, ReadonlySet<string>> {
  const remaining = new Map<string, Set<string>>();
  if (touched.length === 0) return remaining;
  const wanted = new Set(touched.map(({ service }) => service));
  for (const { service, instances } of next.scopes.values()) {
    if (!wanted.has(service)) continue;
    const ids = remaining.get(service) ?? new Set();
    for (const { instance } of instances) ids.add(instance);
    remaining.set(service, ids);
  }
  return remaining;
}
