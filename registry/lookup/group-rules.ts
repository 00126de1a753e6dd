/** Finds the IDC group of an address: the narrowest rule decides, then the lower id. */

import type { IdcGroup } from '../../spec/desired-state.ts';
import { parseIp, type IpAddress } from '../../spec/resolve/ip-address.ts';

/** The id that TARS libraries read as "in no group". */
export const noGroup = -1;

interface Prefix {
  readonly ip: IpAddress;
  readonly length: number;
}

/** Ids of the groups that name a network, by the network's leading bits. */
type Networks = Map<bigint, number[]>;

/**
 * A group holds an address that its allow rules name. With `allow-deny` its deny rules have the last
 * word, however wide they are; with `deny-allow` the allow rules have it, so deny rules change nothing.
 * An address that one group denies may still belong to another.
 */
export class GroupRules {
  readonly #allow = new PrefixTable();
  readonly #deny = new PrefixTable();

  constructor(groups: readonly IdcGroup[]) {
    for (const group of groups.toSorted((left, right) => left.id - right.id)) {
      for (const rule of group.allow) this.#allow.add(rule, group.id);
      if (group.order === 'deny-allow') continue;
      for (const rule of group.deny) this.#deny.add(rule, group.id);
    }
  }

  /** `noGroup` for host names, and for addresses that no rule names. */
  groupOf(address: string): number {
    const ip = readAddress(address);
    if (ip === undefined) return noGroup;
    const denied = new Set(this.#deny.matches(ip));
    return this.#allow.matches(ip).find((group) => !denied.has(group)) ?? noGroup;
  }
}

class PrefixTable {
  readonly #networks = { 32: new Map<number, Networks>(), 128: new Map<number, Networks>() };

  add(rule: string, group: number): void {
    const prefix = readRule(rule);
    if (prefix === undefined) return;
    const { ip, length } = prefix;
    const byLength = this.#networks[ip.bits];
    const networks = byLength.get(length) ?? new Map<bigint, number[]>();
    byLength.set(length, networks);
    const key = leadingBits(ip, length);
    networks.set(key, [...(networks.get(key) ?? []), group]);
  }

  /** Narrowest first; in the order of `add` among equals. */
  matches(ip: IpAddress): number[] {
    const byLength = [...this.#networks[ip.bits]].toSorted(([left], [right]) => right - left);
    return byLength.flatMap(([length, networks]) => networks.get(leadingBits(ip, length)) ?? []);
  }
}

function leadingBits(ip: IpAddress, length: number): bigint {
  return ip.value >> BigInt(ip.bits - length);
}

/** `10.1.2.3`, `10.1.2.*` or `10.1.0.0/16`; the spec refuses everything else. */
function readRule(rule: string): Prefix | undefined {
  const wildcard = rule.endsWith('.*') ? `${rule.slice(0, -1)}0/24` : rule;
  const [address = '', prefix] = wildcard.split('/');
  const ip = parseIp(address);
  if (ip === undefined) return undefined;
  const length = prefix === undefined ? ip.bits : Number(prefix);
  return Number.isInteger(length) && length >= 0 && length <= ip.bits ? { ip, length } : undefined;
}

const mappedPrefix = '::ffff:';

/** As sockets tell it: an IPv4 peer may come as `::ffff:10.1.2.3`, a local one with its zone. */
function readAddress(text: string): IpAddress | undefined {
  const [address = ''] = text.split('%');
  if (address.toLowerCase().startsWith(mappedPrefix) && address.includes('.')) {
    return parseIp(address.slice(mappedPrefix.length));
  }
  const ip = parseIp(address);
  const isMapped = ip?.bits === 128 && ip.value >> 32n === 0xffffn;
  return isMapped ? { bits: 32, value: ip.value & 0xffff_ffffn } : ip;
}
