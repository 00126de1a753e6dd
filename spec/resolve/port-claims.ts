/** Finds services that ask for the same port on one machine. */

import type { Fault } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import { listNames } from '../wording/list-names.ts';
import { byPlace, placeOf, refOf, type Hold } from './outcome.ts';
import type { Candidate } from './rendezvous.ts';

export interface PortClaim {
  /** Machine and port. */
  readonly key: string;
  readonly port: number;
  readonly servant: number;
  readonly node: string;
}

export interface Claimant {
  readonly object: ObjectOf<'Service'>;
  readonly claims: readonly PortClaim[];
}

/** What one service claimed before, and claims now. */
export interface ClaimChange {
  readonly name: string;
  readonly before: readonly PortClaim[];
  readonly now: readonly PortClaim[];
}

export interface PortStage {
  /** Services by what they claim; undefined while anything clashes. */
  readonly owners: ReadonlyMap<string, string> | undefined;
  readonly faults: readonly Fault[];
  /** By service. */
  readonly holds: ReadonlyMap<string, Hold>;
}

/** Gives `before` back when nothing differs, so that unchanged services need not be compared. */
export function claimPorts(
  object: ObjectOf<'Service'>,
  placed: readonly Candidate[],
  before: readonly PortClaim[] | undefined,
): readonly PortClaim[] {
  const claims: PortClaim[] = [];
  // A service that is stopped leaves its ports to others.
  const { servants, state } = object.value.spec;
  const taken = new Set<number>();
  for (const [servant, { port }] of servants.entries()) {
    // The same port twice in one service is told there, once.
    if (port === 'auto' || state === 'stopped' || taken.has(port)) continue;
    taken.add(port);
    for (const { name: node, machine } of placed) {
      claims.push({ key: `${machine}:${port}`, port, servant, node });
    }
  }
  const same =
    before?.length === claims.length &&
    before.every((claim, position) => {
      const other = claims[position];
      return claim.key === other?.key && claim.servant === other.servant;
    });
  return same ? before : claims;
}

interface Owner {
  readonly object: ObjectOf<'Service'>;
  readonly claim: PortClaim;
}

interface Clash {
  readonly first: Owner;
  readonly second: Owner;
  readonly nodes: string[];
}

/** The earlier result with what changed, as long as nothing clashes before or after. */
export function patchPorts(
  previous: PortStage,
  changes: readonly ClaimChange[],
): PortStage | undefined {
  if (previous.owners === undefined) return undefined;
  if (changes.length === 0) return previous;
  const owners = new Map(previous.owners);
  for (const { before } of changes) for (const { key } of before) owners.delete(key);
  for (const { name, now } of changes) {
    for (const { key } of now) {
      if (owners.has(key)) return undefined;
      owners.set(key, name);
    }
  }
  return { ...previous, owners };
}

export function checkPorts(claimants: Iterable<Claimant>): PortStage {
  const all = [...claimants];
  const holds = new Map<string, Hold>();
  const owners = findOwners(all);
  if (owners !== undefined) return { owners, faults: [], holds };
  // By place, so that it does not depend on the order of the table who is told to clash with whom.
  const sorted = all.toSorted((left, right) => byPlace(left.object, right.object));
  const faults = [...findClashes(sorted).values()].map((clash) => clashFault(clash, holds));
  return { owners, faults, holds };
}

/** Undefined as soon as something clashes. */
function findOwners(claimants: readonly Claimant[]): ReadonlyMap<string, string> | undefined {
  const owners = new Map<string, string>();
  for (const { object, claims } of claimants) {
    for (const { key } of claims) {
      if (owners.has(key)) return undefined;
      owners.set(key, object.name);
    }
  }
  return owners;
}

function findClashes(claimants: readonly Claimant[]): ReadonlyMap<string, Clash> {
  const owners = new Map<string, Owner>();
  const clashes = new Map<string, Clash>();
  for (const { object, claims } of claimants) {
    for (const claim of claims) {
      const owner = owners.get(claim.key);
      if (owner === undefined) owners.set(claim.key, { object, claim });
      else noteClash(owner, { object, claim }, clashes);
    }
  }
  return clashes;
}

/** One fault for each pair of servants, however many machines they meet on. */
function noteClash(first: Owner, second: Owner, clashes: Map<string, Clash>): void {
  const sides = [first, second].map(({ object, claim }) => `${object.name}/${claim.servant}`);
  const key = sides.join(' ');
  const clash = clashes.get(key);
  if (clash === undefined) clashes.set(key, { first, second, nodes: [second.claim.node] });
  else clash.nodes.push(second.claim.node);
}

function clashFault({ first, second, nodes }: Clash, holds: Map<string, Hold>): Fault {
  const { port } = second.claim;
  const names = listNames(nodes);
  const message =
    first.object === second.object
      ? `instances of ${first.object.name} on nodes of one machine, ${first.claim.node} and ${names}, ask for the same port ${port}`
      : `port ${port} is taken twice on ${names}: by ${first.object.name} and ${second.object.name}`;
  const code = 'SPEC_PORT_CLASH';
  for (const { object } of [first, second]) {
    if (!holds.has(object.name)) holds.set(object.name, { code, message, root: refOf(object) });
  }
  return {
    code,
    severity: 'error',
    message,
    place: placeOf(second.object, `/spec/servants/${second.claim.servant}/port`),
    object: refOf(second.object),
    hint: 'give one of them another port, or `port: auto`',
    related: relatedPlace(first, second),
  };
}

function relatedPlace(first: Owner, second: Owner): NonNullable<Fault['related']> {
  if (first.object === second.object && first.claim.servant === second.claim.servant) return [];
  const place = placeOf(first.object, `/spec/servants/${first.claim.servant}/port`);
  return [{ place, message: `${first.object.name} asks for it here` }];
}
