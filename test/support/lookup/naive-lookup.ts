/** Lookups as one would write them from tars-contract §6.2 and §6.3 without care for speed: the oracle. */

import type {
  AnsweredEndpoint,
  LookupAnswer,
  LookupEndpoint,
  LookupObject,
} from '../../../registry/lookup/lookup-model.ts';
import { noTopology, type DesiredTopology, type IdcGroup } from '../../../spec/desired-state.ts';

export class NaiveLookup {
  readonly objects = new Map<string, LookupObject>();
  topology: DesiredTopology = noTopology;

  byId(name: string): readonly AnsweredEndpoint[] {
    return this.any(name).active;
  }

  any(name: string): LookupAnswer {
    return listsOf(this.#rows(name));
  }

  all(name: string, caller: string | undefined): LookupAnswer {
    return this.inSameGroup(name, caller);
  }

  inSameGroup(name: string, caller: string | undefined): LookupAnswer {
    const group = this.groupOf(caller);
    if (group === -1) return this.any(name);
    const steps: number[][] = [[group]];
    const stations = this.topology.stations.toSorted(
      (left, right) => left.priority - right.priority || (left.name < right.name ? -1 : 1),
    );
    for (const { groups } of stations) if (groups.includes(group)) steps.push([...groups]);
    steps.push([-1]);
    for (const groups of steps) {
      const lists = listsOf(this.#rows(name).filter((row) => groups.includes(row.groupWorkId)));
      if (lists.active.length > 0) return lists;
    }
    return this.any(name);
  }

  inSameStation(name: string, wanted: string): LookupAnswer {
    const station = this.topology.stations.find((one) => one.name === wanted);
    if (station === undefined) return { ret: -1, active: [], inactive: [] };
    return listsOf(this.#rows(name).filter((row) => station.groups.includes(row.groupRealId)));
  }

  inSameSet(name: string, setId: string, caller: string | undefined): LookupAnswer {
    const failed: LookupAnswer = { ret: -1, active: [], inactive: [] };
    const [a = '', b = '', c = '', ...more] = setId.split('.');
    // Row 1
    if (a === '' || b === '' || c === '' || more.length > 0) return failed;
    if (a === '*' || b === '*') return failed;
    const members = this.#rows(name).filter(({ set }) => isSetOfCallee(set));
    const partsOf = ({ set }: AnsweredEndpoint) => set?.split('.') ?? [];
    // Row 3
    if (!members.some((row) => partsOf(row)[0] === a)) return this.inSameGroup(name, caller);
    // Row 7
    const inArea = members.filter((row) => partsOf(row)[0] === a && partsOf(row)[1] === b);
    if (c === '*') return inArea.length > 0 ? listsOf(inArea) : failed;
    // Row 4
    const own = inArea.filter((row) => partsOf(row)[2] === c);
    if (own.length > 0) return listsOf(own);
    // Row 5
    const forAll = inArea.filter((row) => partsOf(row)[2] === '*');
    if (forAll.length > 0) return listsOf(forAll);
    // Row 6
    return failed;
  }

  groupOf(address: string | undefined): number {
    const bits = address === undefined ? undefined : bitsOf(address);
    if (bits === undefined) return -1;
    let best = { group: -1, length: -1 };
    for (const group of this.topology.groups) {
      const length = lengthInGroup(group, bits);
      if (length < 0) continue;
      const isBetter = length > best.length || (length === best.length && group.id < best.group);
      if (isBetter) best = { group: group.id, length };
    }
    return best.group;
  }

  #rows(name: string): AnsweredEndpoint[] {
    const endpoints = this.objects.get(name)?.endpoints ?? [];
    const weighted = endpoints.some(({ weight }) => weight !== endpoints[0]?.weight);
    return endpoints
      .filter((endpoint) => !endpoints.some((other) => takesThePlaceOf(other, endpoint)))
      .map((endpoint) => {
        const named = this.topology.groups.find(({ name: group }) => group === endpoint.group);
        const groupRealId =
          endpoint.group === undefined ? this.groupOf(endpoint.host) : (named?.id ?? -1);
        const groupWorkId = endpoint.grouped ? groupRealId : -1;
        return { ...endpoint, groupRealId, groupWorkId, weighted };
      });
  }
}

const addressOf = ({ host, port, transport }: LookupEndpoint) => `${host} ${port} ${transport}`;

function takesThePlaceOf(other: LookupEndpoint, endpoint: LookupEndpoint): boolean {
  if (endpoint.port === 0 || addressOf(other) !== addressOf(endpoint)) return false;
  if (other.active !== endpoint.active) return other.active;
  return other.instance < endpoint.instance;
}

function isSetOfCallee(set: string | undefined): boolean {
  const parts = (set ?? '').split('.');
  return parts.length === 3 && !parts.includes('') && parts[0] !== '*' && parts[1] !== '*';
}

function listsOf(rows: readonly AnsweredEndpoint[]): LookupAnswer {
  const sorted = rows
    .filter(({ port }) => port !== 0)
    .toSorted((left, right) => {
      if (left.host !== right.host) return left.host < right.host ? -1 : 1;
      return left.port - right.port || (left.transport < right.transport ? -1 : 1);
    });
  return {
    ret: 0,
    active: sorted.filter(({ active }) => active),
    inactive: sorted.filter(({ active }) => !active),
  };
}

/** How many leading bits the narrowest allow rule names; -1 when the address is not in the group. */
function lengthInGroup({ allow, deny, order }: IdcGroup, bits: string): number {
  const matching = (rules: readonly string[]) =>
    rules.map((rule) => prefixOf(rule)).filter((prefix) => fits(prefix, bits));
  const allowed = Math.max(-1, ...matching(allow).map(({ prefix }) => prefix.length));
  if (allowed < 0) return -1;
  return order === 'allow-deny' && matching(deny).length > 0 ? -1 : allowed;
}

interface Prefix {
  readonly prefix: string;
  readonly family: number;
}

function fits({ prefix, family }: Prefix, bits: string): boolean {
  return family === bits.length && bits.startsWith(prefix);
}

function prefixOf(rule: string): Prefix {
  const whole = rule.endsWith('*') ? `${rule.slice(0, -1)}0/24` : rule;
  const [address = '', length] = whole.split('/');
  const bits = bitsOf(address) ?? '';
  return {
    prefix: length === undefined ? bits : bits.slice(0, Number(length)),
    family: bits.length,
  };
}

/** The address as 32 or 128 digits; only what the tests write. */
function bitsOf(address: string): string | undefined {
  if (address.includes(':')) {
    const [head = '', tail = ''] = address.split('::');
    const left = head === '' ? [] : head.split(':');
    const right = tail === '' ? [] : tail.split(':');
    const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
    return [...left, ...zeros, ...right].map((part) => binary(parseInt(part, 16), 16)).join('');
  }
  const parts = address.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^\d+$/.test(part))) return undefined;
  return parts.map((part) => binary(Number(part), 8)).join('');
}

function binary(value: number, digits: number): string {
  return value.toString(2).padStart(digits, '0');
}
