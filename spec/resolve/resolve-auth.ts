/** The keys that servants ask their callers for, and what each caller is given of them. */

import type { CalledServant, SecretValue, ServantAuth } from '../desired-state.ts';
import type { Fault } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import { FaultList, isSameOutcome, type Hold, type Outcome } from './outcome.ts';
import { holdOf, objectsOf, type RepositoryIndex } from './repository-index.ts';
import type { SecretStage } from './resolve-secrets.ts';
import { resolveServantAuth } from './resolve-servant-auth.ts';
import type { Suggest } from './suggestions.ts';

/** The servants of one service that ask for a key. */
export interface AuthUnit {
  readonly object: ObjectOf<'Service'>;
  /** By name of the servant; only what is free of faults. */
  readonly auths: ReadonlyMap<string, ServantAuth>;
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

/** Sorted by object. Keeps its identity while it says the same. */
export type Calls = readonly CalledServant[];

export interface AuthStage {
  readonly services: ReadonlySet<string>;
  /** By service. */
  readonly units: ReadonlyMap<string, AuthUnit>;
  /** By caller. */
  readonly calls: ReadonlyMap<string, Calls>;
  readonly faults: readonly Fault[];
}

export function resolveAuth(context: AuthContext, previous: AuthStage | undefined): AuthStage {
  const { index, services } = context;
  const units = new Map<string, AuthUnit>();
  let isSame = previous?.services === services;
  for (const object of objectsOf(index, 'Service').values()) {
    if (!asksForKeys(object) || holdOf(index, object) !== undefined) continue;
    const before = previous?.units.get(object.name);
    const isKept = before !== undefined && canKeep(before, object, context, previous);
    const unit = isKept ? before : resolveUnit(object, context, before);
    if (unit !== before) isSame = false;
    units.set(object.name, unit);
  }
  if (isSame && previous?.units.size === units.size) return previous;
  const faults = [...units.values()].flatMap((unit) => unit.faults);
  return { services, units, calls: collectCalls(units, previous?.calls), faults };
}

function asksForKeys({ value }: ObjectOf<'Service'>): boolean {
  return value.spec.servants.some(({ auth }) => auth !== undefined);
}

function canKeep(
  before: AuthUnit,
  object: ObjectOf<'Service'>,
  { secrets, services }: AuthContext,
  previous: AuthStage | undefined,
): boolean {
  if (before.volatile || before.object !== object || previous?.services !== services) return false;
  return before.secrets.every(([name, seen]) => isSameOutcome(seen, secrets.outcomes.get(name)));
}

function resolveUnit(
  object: ObjectOf<'Service'>,
  context: AuthContext,
  before: AuthUnit | undefined,
): AuthUnit {
  const list = new FaultList(object);
  const auths = new Map<string, ServantAuth>();
  const seen = new Map<string, Outcome<ObjectOf<'Secret'>> | undefined>();
  let volatile = false;
  for (const position of object.value.spec.servants.keys()) {
    const found = resolveServantAuth({ object, position, seen }, context, list);
    if (found === undefined) continue;
    if (found.isMissing) volatile = true;
    if (found.auth === undefined) continue;
    auths.set(found.servant, keepIdentity(found.auth, before?.auths.get(found.servant)));
  }
  return { object, auths, secrets: [...seen], faults: list.faults, hold: list.hold, volatile };
}

function keepIdentity(auth: ServantAuth, before: ServantAuth | undefined): ServantAuth {
  const isSame =
    before?.accessKey === auth.accessKey && isSameValue(before.secretKey, auth.secretKey);
  return isSame ? before : auth;
}

function isSameValue(left: SecretValue, right: SecretValue): boolean {
  if ('plain' in left || 'plain' in right) {
    return 'plain' in left && 'plain' in right && left.plain === right.plain;
  }
  return (
    left.secret === right.secret && left.key === right.key && left.ciphertext === right.ciphertext
  );
}

function collectCalls(
  units: ReadonlyMap<string, AuthUnit>,
  previous: ReadonlyMap<string, Calls> | undefined,
): ReadonlyMap<string, Calls> {
  const byCaller = new Map<string, CalledServant[]>();
  for (const { object, auths } of units.values()) {
    for (const { name, auth } of object.value.spec.servants) {
      const resolved = auths.get(name);
      if (resolved === undefined) continue;
      for (const caller of auth?.callers ?? []) {
        const called = { object: `${object.name}.${name}`, auth: resolved };
        const calls = byCaller.get(caller);
        if (calls === undefined) byCaller.set(caller, [called]);
        else calls.push(called);
      }
    }
  }
  return new Map(
    [...byCaller].map(([name, calls]) => [name, keepCalls(calls, previous?.get(name))]),
  );
}

function keepCalls(calls: CalledServant[], before: Calls | undefined): Calls {
  const sorted = calls.toSorted((left, right) => (left.object < right.object ? -1 : 1));
  const isSame =
    before?.length === sorted.length &&
    before.every(({ object, auth }, position) => {
      const other = sorted[position];
      return object === other?.object && auth === other.auth;
    });
  return isSame ? before : sorted;
}
