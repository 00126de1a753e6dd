/** The keys that servants ask their callers for, and what each caller is given of them. */

import type { ServantAuth } from '../desired-state.ts';
import type { Fault } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import { patchCalls, type Calls, type GivenKey } from './caller-keys.ts';
import { changedSince, seeKind, type SeenKind } from './kind-change.ts';
import { FaultList, isSameOutcome, type Hold, type Outcome } from './outcome.ts';
import { objectsOf, soundObject, type RepositoryIndex } from './repository-index.ts';
import type { SecretStage } from './resolve-secrets.ts';
import { isSameAuth } from './same-auth.ts';
import { resolveServantAuth } from './resolve-servant-auth.ts';
import type { Suggest } from './suggestions.ts';

/** The servants of one service that ask for a key. */
export interface AuthUnit {
  readonly object: ObjectOf<'Service'>;
  /** By name of the servant; only what is free of faults. */
  readonly auths: ReadonlyMap<string, ServantAuth>;
  /** Keeps its identity while it says the same. */
  readonly given: readonly GivenKey[];
  readonly secrets: readonly SeenSecret[];
  readonly faults: readonly Fault[];
  readonly hold: Hold | undefined;
  /** Its faults depend on more than what it has seen. */
  readonly volatile: boolean;
}

export type SeenSecret = readonly [name: string, seen: Outcome<ObjectOf<'Secret'>> | undefined];

export interface AuthContext {
  readonly index: RepositoryIndex;
  readonly secrets: SecretStage;
  /** Names of all services, sound or broken. */
  readonly services: ReadonlySet<string>;
  readonly suggest: Suggest;
}

export interface AuthStage {
  readonly seen: SeenKind;
  /** What counts for every unit but its object. */
  readonly around: AuthAround;
  /** By service. */
  readonly units: ReadonlyMap<string, AuthUnit>;
  /** By caller. Keeps its identity while it says the same. */
  readonly calls: ReadonlyMap<string, Calls>;
  readonly faults: readonly Fault[];
}

interface AuthAround {
  readonly services: ReadonlySet<string>;
  readonly secrets: SecretStage;
  readonly unreadableHold: Hold | undefined;
}

export function resolveAuth(context: AuthContext, previous: AuthStage | undefined): AuthStage {
  const { index, services, secrets } = context;
  const { unreadableHold } = index.trouble;
  const around = keepAround({ services, secrets, unreadableHold }, previous?.around);
  const seen = seeKind(index, 'Service');
  const units = new Map(previous?.units);
  const gone: GivenKey[] = [];
  const come: GivenKey[] = [];
  for (const name of namesToLookAt(context, { seen, around }, previous)) {
    const before = units.get(name);
    const object = keyOwner(name, context);
    const isKept =
      before !== undefined && before.object === object && canKeep(before, around, previous?.around);
    const now = isKept ? before : object && resolveUnit(object, context, before);
    if (now === undefined) units.delete(name);
    else units.set(name, now);
    if (before?.given === now?.given) continue;
    gone.push(...(before?.given ?? []));
    come.push(...(now?.given ?? []));
  }
  const faults = [...units.values()].flatMap((unit) => unit.faults);
  const calls = patchCalls(previous?.calls ?? new Map(), gone, come);
  return { seen, around, units, calls, faults };
}

function namesToLookAt(
  { index }: AuthContext,
  { seen, around }: Pick<AuthStage, 'seen' | 'around'>,
  previous: AuthStage | undefined,
): Iterable<string> {
  const changed = changedSince(previous?.seen, seen);
  if (changed === undefined || previous === undefined) {
    return new Set([...objectsOf(index, 'Service').keys(), ...(previous?.units.keys() ?? [])]);
  }
  return previous.around === around ? changed : new Set([...changed, ...previous.units.keys()]);
}

/** Undefined when no sound service of the name asks for keys. */
function keyOwner(name: string, { index }: AuthContext): ObjectOf<'Service'> | undefined {
  const object = soundObject(index, 'Service', name);
  return object !== undefined && asksForKeys(object) ? object : undefined;
}

function keepAround(now: AuthAround, before: AuthAround | undefined): AuthAround {
  const isSame =
    before?.services === now.services &&
    before.secrets === now.secrets &&
    before.unreadableHold === now.unreadableHold;
  return isSame ? before : now;
}

function asksForKeys({ value }: ObjectOf<'Service'>): boolean {
  return value.spec.servants.some(({ auth }) => auth !== undefined);
}

function canKeep(unit: AuthUnit, now: AuthAround, before: AuthAround | undefined): boolean {
  if (unit.volatile) return false;
  if (now === before) return true;
  if (now.services !== before?.services) return false;
  const { outcomes } = now.secrets;
  return unit.secrets.every(([name, seen]) => isSameOutcome(seen, outcomes.get(name)));
}

function resolveUnit(
  object: ObjectOf<'Service'>,
  context: AuthContext,
  before: AuthUnit | undefined,
): AuthUnit {
  const list = new FaultList(object);
  const auths = new Map<string, ServantAuth>();
  const given: GivenKey[] = [];
  const seen = new Map<string, Outcome<ObjectOf<'Secret'>> | undefined>();
  let volatile = false;
  for (const [position, { name, auth: written }] of object.value.spec.servants.entries()) {
    const found = resolveServantAuth({ object, position, seen }, context, list);
    if (found?.isMissing === true) volatile = true;
    if (found?.auth === undefined) continue;
    const auth = keepAuth(found.auth, before?.auths.get(name));
    auths.set(name, auth);
    const called = { object: `${object.name}.${name}`, auth };
    for (const caller of written?.callers ?? []) given.push({ caller, called });
  }
  const secrets = [...seen];
  const { faults, hold } = list;
  return { object, auths, given: keepGiven(given, before), secrets, faults, hold, volatile };
}

function keepAuth(auth: ServantAuth, before: ServantAuth | undefined): ServantAuth {
  return isSameAuth(auth, before) && before !== undefined ? before : auth;
}

function keepGiven(given: readonly GivenKey[], unit: AuthUnit | undefined): readonly GivenKey[] {
  const before = unit?.given;
  const isSame =
    before?.length === given.length &&
    before.every(({ caller, called }, position) => {
      const other = given[position];
      return (
        caller === other?.caller &&
        called.object === other.called.object &&
        called.auth === other.called.auth
      );
    });
  return isSame ? before : given;
}
