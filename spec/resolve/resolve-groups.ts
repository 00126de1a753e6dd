/** The IDC groups of one DataCenter object, with their rules checked. */

import type { IdcGroup } from '../desired-state.ts';
import type { Fault } from '../fault.ts';
import type { ObjectOf } from '../kind-of.ts';
import { parseIp, parseIpRange } from './ip-address.ts';
import { FaultList, type Hold } from './outcome.ts';

/** Ids are given when the groups of all data centres are known. */
export type NamedGroup = Omit<IdcGroup, 'id'>;

export interface GroupUnit {
  readonly object: ObjectOf<'DataCenter'>;
  readonly groups: readonly NamedGroup[];
  readonly faults: readonly Fault[];
  readonly hold: Hold | undefined;
}

export function resolveGroups(object: ObjectOf<'DataCenter'>): GroupUnit {
  const list = new FaultList(object);
  const groups = object.value.spec.groups.map(({ name, allow, deny, order }, position) => {
    const pointer = `/spec/groups/${position}`;
    checkRules(allow, `${pointer}/allow`, list);
    checkRules(deny, `${pointer}/deny`, list);
    return { name, dataCenter: object.name, allow, deny, order };
  });
  return { object, groups, faults: list.faults, hold: list.hold };
}

function checkRules(rules: readonly string[], pointer: string, list: FaultList): void {
  for (const [position, rule] of rules.entries()) {
    if (isRule(rule)) continue;
    const message = `${rule} is no address, no \`a.b.c.*\` and no range`;
    list.add('SPEC_GROUP_RULE', `${pointer}/${position}`, message, {
      hint: 'write a rule such as 10.1.2.3, 10.1.2.* or 10.1.0.0/16',
    });
  }
}

function isRule(rule: string): boolean {
  if (rule.includes('/')) return parseIpRange(rule) !== undefined;
  const address = rule.endsWith('.*') ? `${rule.slice(0, -1)}0` : rule;
  return parseIp(address) !== undefined;
}
