/** IDC groups and stations, ready for lookups: who is where, and who stands in for whom. */

import type { DesiredTopology } from '../../spec/desired-state.ts';
import { compareText } from '../compare-text.ts';
import { GroupRules, noGroup } from './group-rules.ts';

const cachedAddressesMax = 65_536;

export interface LookupStation {
  readonly name: string;
  readonly groups: ReadonlySet<number>;
}

export class LookupTopology {
  readonly #rules: GroupRules;
  readonly #groupByName = new Map<string, number>();
  readonly #stations: readonly LookupStation[];
  readonly #groupByAddress = new Map<string, number>();

  constructor({ groups, stations }: DesiredTopology) {
    this.#rules = new GroupRules(groups);
    for (const { name, id } of groups) this.#groupByName.set(name, id);
    this.#stations = stations
      .toSorted(
        (left, right) => left.priority - right.priority || compareText(left.name, right.name),
      )
      .map(({ name, groups: members }) => ({ name, groups: new Set(members) }));
  }

  groupOf(address: string): number {
    const known = this.#groupByAddress.get(address);
    if (known !== undefined) return known;
    const group = this.#rules.groupOf(address);
    if (this.#groupByAddress.size >= cachedAddressesMax) this.#forgetOldestAddress();
    this.#groupByAddress.set(address, group);
    return group;
  }

  groupNamed(name: string): number {
    return this.#groupByName.get(name) ?? noGroup;
  }

  /** In the order in which they are tried. */
  stationsWith(group: number): readonly LookupStation[] {
    return this.#stations.filter(({ groups }) => groups.has(group));
  }

  stationNamed(name: string): LookupStation | undefined {
    return this.#stations.find((station) => station.name === name);
  }

  #forgetOldestAddress(): void {
    for (const address of this.#groupByAddress.keys()) {
      this.#groupByAddress.delete(address);
      return;
    }
  }
}
