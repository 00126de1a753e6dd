/** All objects of a registry, kept up to date at a cost that follows the change. */

import { indexesOf } from '../indexes.ts';
import type { RegistryState } from '../model.ts';
import { keepIdentity } from '../same-data.ts';
import type { LookupObject } from './lookup-model.ts';
import { objectsOfService } from './registry-objects.ts';

export interface ObjectChanges {
  /** New, or different from before. */
  readonly put: readonly LookupObject[];
  /** Names that nobody knows any more. */
  readonly removed: readonly string[];
}

type Objects = ReadonlyMap<string, LookupObject>;

const none: Objects = new Map();

export class KnownObjects {
  readonly #byService = new Map<string, Objects>();

  constructor(state: RegistryState) {
    const { scopesByService, targetsByService, observedByService } = indexesOf(state);
    const services = [scopesByService, targetsByService, observedByService];
    this.update(state, new Set(services.flatMap((index) => [...index.keys()])));
  }

  /** Of an object that stayed as it was, the very same one as before. */
  named(name: string): LookupObject | undefined {
    return this.#byService.get(name.slice(0, Math.max(name.lastIndexOf('.'), 0)))?.get(name);
  }

  *all(): Iterable<LookupObject> {
    for (const objects of this.#byService.values()) yield* objects.values();
  }

  /** `services`: `RegistryChanges.services` of every command that was applied since the last call. */
  update(state: RegistryState, services: Iterable<string>): ObjectChanges {
    const put: LookupObject[] = [];
    const removed: string[] = [];
    for (const service of services) {
      const before = this.#byService.get(service) ?? none;
      const after = new Map<string, LookupObject>();
      for (const object of objectsOfService(state, service)) {
        const known = before.get(object.name);
        const kept = keepIdentity(known, object);
        after.set(object.name, kept);
        if (kept !== known) put.push(kept);
      }
      for (const name of before.keys()) if (!after.has(name)) removed.push(name);
      if (after.size === 0) this.#byService.delete(service);
      else this.#byService.set(service, after);
    }
    return { put, removed };
  }
}
