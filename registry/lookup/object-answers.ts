/**
 * All answers about one object, each made once. Nothing is kept under what a caller says, only under
 * groups, stations and sets that exist: strange questions take no memory.
 */

import { answeredEndpoints } from './answered-endpoints.ts';
import { noGroup } from './group-rules.ts';
import type { AnsweredEndpoint, LookupAnswer, LookupObject } from './lookup-model.ts';
import type { LookupTopology } from './lookup-topology.ts';
import { SetTable } from './set-table.ts';

/** The set or the station is not there. */
const notThere: LookupAnswer = { ret: -1, active: [], inactive: [] };

export class ObjectAnswers {
  readonly #topology: LookupTopology;
  readonly #rows: readonly AnsweredEndpoint[];
  readonly #sets: SetTable;
  readonly #answers = new Map<string, LookupAnswer>();
  readonly #byGroup = new Map<number, LookupAnswer>();

  constructor(object: LookupObject, topology: LookupTopology) {
    this.#topology = topology;
    this.#rows = answeredEndpoints(object, topology);
    this.#sets = new SetTable(this.#rows);
  }

  /** How many answers are kept. */
  get size(): number {
    return this.#answers.size + this.#byGroup.size;
  }

  any(): LookupAnswer {
    return this.#answer('any', () => this.#rows);
  }

  inSameGroup(group: number): LookupAnswer {
    const known = this.#byGroup.get(group);
    if (known !== undefined) return known;
    const answer = this.#searchNear(group);
    this.#byGroup.set(group, answer);
    return answer;
  }

  /** By where endpoints are, not by whether their service is grouped. */
  inSameStation(name: string): LookupAnswer {
    const station = this.#topology.stationNamed(name);
    if (station === undefined) return notThere;
    return this.#answer(`inside ${name}`, () =>
      this.#rows.filter(({ groupRealId }) => station.groups.has(groupRealId)),
    );
  }

  /** Sets come first: groups decide only when the object knows nothing of the caller's set. */
  inSameSet(setId: string, group: () => number): LookupAnswer {
    const choice = this.#sets.choose(setId);
    if (choice.kind === 'rows') return this.#answer(choice.key, () => choice.rows);
    return choice.kind === 'fallback' ? this.inSameGroup(group()) : notThere;
  }

  /** Tars-contract §6.2: the first step with an active endpoint gives both lists. */
  #searchNear(group: number): LookupAnswer {
    if (group === noGroup) return this.any();
    const inGroups = (key: string, groups: ReadonlySet<number>) => {
      const rows = this.#rows.filter(({ groupWorkId }) => groups.has(groupWorkId));
      return rows.some(isGivenOutAsActive) ? this.#answer(key, () => rows) : undefined;
    };
    const own = inGroups(`group ${group}`, new Set([group]));
    if (own !== undefined) return own;
    for (const { name, groups } of this.#topology.stationsWith(group)) {
      const near = inGroups(`near ${name}`, groups);
      if (near !== undefined) return near;
    }
    return inGroups('ungrouped', new Set([noGroup])) ?? this.any();
  }

  #answer(key: string, choose: () => readonly AnsweredEndpoint[]): LookupAnswer {
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const rows = choose().filter(({ port }) => port !== 0);
    const answer: LookupAnswer = {
      ret: 0,
      active: rows.filter(({ active }) => active),
      inactive: rows.filter(({ active }) => !active),
    };
    this.#answers.set(key, answer);
    return answer;
  }
}

function isGivenOutAsActive({ active, port }: AnsweredEndpoint): boolean {
  return active && port !== 0;
}
