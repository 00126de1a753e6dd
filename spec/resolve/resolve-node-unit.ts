/** One Node or NodeSet object, made into the nodes that it describes. */

import type { DesiredNode } from '../desired-state.ts';
import type { Fault } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import { expandNames, type ExpandedName } from './expand-names.ts';
import { addToIp, formatIp, isInRange, parseIp, type IpAddress } from './ip-address.ts';
import {
  FaultList,
  heldBy,
  placeOf,
  pointerStep,
  usable,
  type Hold,
  type Outcome,
} from './outcome.ts';
import type { ResolvedDataCenter } from './resolve-data-centers.ts';
import type { Suggest } from './suggestions.ts';

export type NodeObject = ObjectOf<'Node'> | ObjectOf<'NodeSet'>;

export interface NodeUnit {
  readonly object: NodeObject;
  readonly dataCenter: Outcome<ResolvedDataCenter> | undefined;
  /** All names of the object, usable or not, with the pointer to where each is written. */
  readonly names: readonly NodeName[];
  readonly outcome: Outcome<readonly ResolvedNode[]>;
  readonly faults: readonly Fault[];
  /** Its faults depend on more than its own inputs: it is not taken from an earlier result. */
  readonly volatile: boolean;
}

export interface ResolvedNode {
  readonly node: DesiredNode;
  /** The same for all nodes of one machine: data centre and first address. */
  readonly machine: string;
}

export interface NodeName {
  readonly name: string;
  readonly pointer: string;
}

export interface NodeContext {
  readonly dataCenters: ReadonlyMap<string, Outcome<ResolvedDataCenter>>;
  readonly missingHold: Hold | undefined;
  readonly suggest: Suggest;
}

export function resolveNodeUnit(object: NodeObject, context: NodeContext): NodeUnit {
  const list = new FaultList(object);
  const checks = { list, suggest: context.suggest };
  const { dataCenter: name, portRange } = object.value.spec;
  const dataCenter = context.dataCenters.get(name);
  const missing = dataCenter === undefined;
  if (missing && context.missingHold !== undefined) list.dependsOn(context.missingHold);
  else if (missing) addMissingDataCenter(list, name, context);
  else if (!dataCenter.ok) list.dependsOn(dataCenter.hold);
  if (portRange.to < portRange.from) {
    const message = `the port range ends at ${portRange.to}, before it begins at ${portRange.from}`;
    list.add('SPEC_PORT_RANGE', '/spec/portRange', message);
  }
  const members = expandMembers(object, list);
  const nodes: ResolvedNode[] = [];
  for (const member of members) {
    const addresses = addressesOf(object, member, list);
    checkAddresses(addresses, dataCenter?.ok === true ? dataCenter.value : undefined, checks);
    const node = desiredNode(object, member.name, Object.fromEntries(addresses));
    nodes.push({ node, machine: `${node.dataCenter} ${addresses[0]?.[1]}` });
  }
  const names = members.map(({ name: node, pointer }) => ({ name: node, pointer }));
  const outcome = list.hold === undefined ? usable(nodes) : heldBy(list.hold);
  return { object, dataCenter, names, outcome, faults: list.faults, volatile: missing };
}

function addMissingDataCenter(list: FaultList, name: string, context: NodeContext): void {
  list.add('SPEC_MISSING_REFERENCE', '/spec/dataCenter', `no DataCenter is named ${name}`, {
    ...context.suggest(name, context.dataCenters),
  });
}

interface Member extends ExpandedName {
  readonly pointer: string;
  readonly position: number;
}

function expandMembers(object: NodeObject, list: FaultList): Member[] {
  if (object.kind === 'Node') {
    return [{ name: object.name, pointer: '/metadata/name', position: 0 }];
  }
  const { names } = object.value.spec;
  const entries = typeof names === 'string' ? [names] : names;
  const pointerOf = (entry: number) =>
    typeof names === 'string' ? '/spec/names' : `/spec/names/${entry}`;
  const members: Member[] = [];
  for (const [entry, text] of entries.entries()) {
    const expansion = expandNames(text, members.length);
    if ('problem' in expansion) {
      list.add('SPEC_NODE_NAMES', pointerOf(entry), expansion.problem);
      continue;
    }
    for (const expanded of expansion.names) {
      members.push({ ...expanded, pointer: pointerOf(entry), position: members.length });
    }
  }
  return members;
}

/** Network, address and pointer to the rule of the address. */
type Address = readonly [network: string, address: string, pointer: string];

function addressesOf(object: NodeObject, member: Member, list: FaultList): Address[] {
  if (object.kind === 'Node') {
    return Object.entries(object.value.spec.addresses).map(([network, address]) => [
      network,
      address,
      `/spec/addresses/${pointerStep(network)}`,
    ]);
  }
  const addresses: Address[] = [];
  for (const [network, rule] of Object.entries(object.value.spec.addresses)) {
    const field = rule.from === undefined ? 'pattern' : 'from';
    const pointer = `/spec/addresses/${pointerStep(network)}/${field}`;
    const made =
      rule.from === undefined
        ? fillPattern(rule.pattern ?? '', member)
        : countUp(rule.from, member);
    if (typeof made === 'string') addresses.push([network, made, pointer]);
    else addOnce(list, pointer, made.problem);
  }
  return addresses;
}

type Made = string | { readonly problem: string };

function countUp(from: string, member: Member): Made {
  const first = parseIp(from);
  if (first === undefined) return { problem: `${from} is not an IP address` };
  const ip = addToIp(first, member.position);
  return ip === undefined ? { problem: `there is no address for ${member.name}` } : formatIp(ip);
}

function fillPattern(pattern: string, member: Member): Made {
  if (pattern.includes('${number}') && member.number === undefined) {
    return { problem: `${member.name} comes from no numbered range, so it has no \${number}` };
  }
  return pattern
    .replaceAll('${name}', member.name)
    .replaceAll('${number}', String(member.number ?? ''));
}

/** One fault for each rule, however many members it fails for. */
function addOnce(list: FaultList, pointer: string, problem: string): void {
  if (list.faults.some(({ place }) => place.pointer === pointer)) return;
  list.add('SPEC_NODE_ADDRESS', pointer, problem);
}

interface Checks {
  readonly list: FaultList;
  readonly suggest: Suggest;
}

function checkAddresses(
  addresses: readonly Address[],
  dataCenter: ResolvedDataCenter | undefined,
  checks: Checks,
): void {
  const { list } = checks;
  for (const [network, address, pointer] of addresses) {
    if (list.faults.some(({ place }) => place.pointer === pointer)) continue;
    const ip = parseIp(address);
    if (ip === undefined && /^[0-9.]+$|:/.test(address)) {
      list.add('SPEC_NODE_ADDRESS', pointer, `${address} is not an IP address`);
    } else if (dataCenter !== undefined && dataCenter.networks.size > 0) {
      checkNetwork([network, address, pointer], ip, dataCenter, checks);
    }
  }
}

function checkNetwork(
  [network, address, pointer]: Address,
  ip: IpAddress | undefined,
  dataCenter: ResolvedDataCenter,
  { list, suggest }: Checks,
): void {
  const ranges = dataCenter.networks.get(network);
  if (ranges === undefined) {
    const message = `data centre ${dataCenter.name} has no network named ${network}`;
    const known = [...dataCenter.networks.keys()].join(', ');
    list.add('SPEC_MISSING_REFERENCE', pointer, message, {
      at: 'key',
      ...suggest(network, dataCenter.networks),
      hint: `networks of ${dataCenter.name}: ${known}`,
      related: [networkPlace(dataCenter, 'the networks are described here')],
    });
    return;
  }
  if (ip === undefined || ranges.some((range) => isInRange(ip, range))) return;
  const message = `${address} lies outside network ${network} of data centre ${dataCenter.name}`;
  list.add('SPEC_ADDRESS_OUTSIDE_NETWORK', pointer, message, {
    hint: 'correct the address, or add its range to the data centre',
    related: [networkPlace(dataCenter, `network ${network} is described here`, network)],
  });
}

function networkPlace(dataCenter: ResolvedDataCenter, message: string, network?: string) {
  const pointer =
    network === undefined ? '/spec/networks' : `/spec/networks/${pointerStep(network)}/cidrs`;
  return { place: placeOf(dataCenter.object, pointer, 'key'), message };
}

function desiredNode(
  object: NodeObject,
  name: string,
  addresses: Record<string, string>,
): DesiredNode {
  const { dataCenter, labels, portRange } = object.value.spec;
  const node = { name, dataCenter, addresses, labels, portRange: { ...portRange } };
  const origin = { path: object.path, line: object.line };
  return object.kind === 'Node' ? { ...node, origin } : { ...node, nodeSet: object.name, origin };
}
