/** Secrets: encrypted values by key, and who may use them. */

import type { Fault } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import { FaultList, heldBy, usable, type Hold, type Outcome } from './outcome.ts';
import {
  brokenOf,
  duplicatesOf,
  holdOf,
  kindOf,
  objectsOf,
  troubleOf,
  type KindIndex,
  type RepositoryIndex,
} from './repository-index.ts';
import type { Suggest } from './suggestions.ts';
import type { KindTrouble } from './trouble.ts';

export interface SecretStage {
  readonly kind: KindIndex;
  readonly trouble: KindTrouble | undefined;
  readonly services: ReadonlySet<string>;
  readonly unreadableHold: Hold | undefined;
  readonly outcomes: ReadonlyMap<string, Outcome<ObjectOf<'Secret'>>>;
  readonly faults: readonly Fault[];
}

/** `services`: names of all of them, sound or broken. */
export function resolveSecrets(
  index: RepositoryIndex,
  { services, suggest }: { readonly services: ReadonlySet<string>; readonly suggest: Suggest },
  previous: SecretStage | undefined,
): SecretStage {
  const kind = kindOf(index, 'Secret');
  const trouble = troubleOf(index, 'Secret');
  const { unreadableHold } = index.trouble;
  const isSame =
    previous?.kind === kind &&
    previous.trouble === trouble &&
    previous.services === services &&
    previous.unreadableHold === unreadableHold;
  if (isSame) return previous;
  const outcomes = new Map<string, Outcome<ObjectOf<'Secret'>>>();
  const faults: Fault[] = [];
  for (const [name, object] of objectsOf(index, 'Secret')) {
    if (holdOf(index, object) !== undefined) continue;
    const before = previous?.outcomes.get(name);
    outcomes.set(name, before?.ok === true && before.value === object ? before : usable(object));
    if (unreadableHold === undefined) faults.push(...checkReaders(object, services, suggest));
  }
  for (const object of [...brokenOf(index, 'Secret'), ...duplicatesOf(index, 'Secret')]) {
    const hold = holdOf(index, object);
    if (hold !== undefined) outcomes.set(object.name, heldBy(hold));
  }
  return { kind, trouble, services, unreadableHold, outcomes, faults };
}

/** A reader that is gone harms nobody, so it is no reason to hold the others back. */
function checkReaders(
  object: ObjectOf<'Secret'>,
  services: ReadonlySet<string>,
  suggest: Suggest,
): readonly Fault[] {
  const list = new FaultList(object);
  for (const [position, reader] of object.value.spec.readers.entries()) {
    if (services.has(reader)) continue;
    const message = `no Service is named ${reader}`;
    list.add('SPEC_MISSING_REFERENCE', `/spec/readers/${position}`, message, {
      severity: 'warning',
      ...suggest(reader, services),
    });
  }
  return list.faults;
}
