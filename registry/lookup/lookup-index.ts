/**
 * Answers lookups by name. An answer is the same object until its object or the topology changes, so
 * that a server may keep the encoded bytes beside it (a WeakMap by answer).
 */

import { noTopology, type DesiredTopology } from '../../spec/desired-state.ts';
import { noGroup } from './group-rules.ts';
import type { AnsweredEndpoint, LookupAnswer, LookupObject } from './lookup-model.ts';
import { LookupTopology } from './lookup-topology.ts';
import { ObjectAnswers } from './object-answers.ts';

const keptAnswersMaxDefault = 200_000;

/** Unknown is no error for TARS libraries: the answer is that of an object without endpoints. */
const unknownObject: LookupObject = { name: '', endpoints: [] };

interface Entry {
  readonly object: LookupObject;
  /** Made at the first question. */
  answers?: ObjectAnswers;
}

/** `caller` is an IP address; without one, or outside every group, all endpoints are near. */
export class LookupIndex {
  readonly #keptAnswersMax: number;
  readonly #entries = new Map<string, Entry>();
  /** Entries with answers, the longest kept first. */
  readonly #answering = new Set<Entry>();
  #topology = new LookupTopology(noTopology);
  #unknown = new ObjectAnswers(unknownObject, this.#topology);
  #keptAnswers = 0;

  constructor(keptAnswersMax = keptAnswersMaxDefault) {
    this.#keptAnswersMax = keptAnswersMax;
  }

  get keptAnswers(): number {
    return this.#keptAnswers;
  }

  /** Replaces the object of this name. The very same object again changes nothing. */
  put(object: LookupObject): void {
    if (this.#entries.get(object.name)?.object === object) return;
    this.remove(object.name);
    this.#entries.set(object.name, { object });
  }

  remove(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#forget(entry);
    this.#entries.delete(name);
  }

  setTopology(topology: DesiredTopology): void {
    this.#topology = new LookupTopology(topology);
    this.#unknown = new ObjectAnswers(unknownObject, this.#topology);
    for (const entry of this.#answering) this.#forget(entry);
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** `findObjectById`: active ones only, whoever asks. */
  byId(name: string): readonly AnsweredEndpoint[] {
    return this.any(name).active;
  }

  /** `findObjectById4Any`. */
  any(name: string): LookupAnswer {
    return this.#ask(name, (answers) => answers.any());
  }

  /** `findObjectById4All`: the shipped framework answers as for the same group. */
  all(name: string, caller: string | undefined): LookupAnswer {
    return this.inSameGroup(name, caller);
  }

  inSameGroup(name: string, caller: string | undefined): LookupAnswer {
    return this.#ask(name, (answers) => answers.inSameGroup(this.groupOf(caller)));
  }

  inSameStation(name: string, station: string): LookupAnswer {
    return this.#ask(name, (answers) => answers.inSameStation(station));
  }

  inSameSet(name: string, setId: string, caller: string | undefined): LookupAnswer {
    return this.#ask(name, (answers) => answers.inSameSet(setId, () => this.groupOf(caller)));
  }

  groupOf(address: string | undefined): number {
    return address === undefined ? noGroup : this.#topology.groupOf(address);
  }

  #ask(name: string, question: (answers: ObjectAnswers) => LookupAnswer): LookupAnswer {
    const entry = this.#entries.get(name);
    if (entry === undefined) return question(this.#unknown);
    if (entry.answers === undefined) {
      entry.answers = new ObjectAnswers(entry.object, this.#topology);
      this.#answering.add(entry);
    }
    const before = entry.answers.size;
    const answer = question(entry.answers);
    this.#keptAnswers += entry.answers.size - before;
    if (this.#keptAnswers > this.#keptAnswersMax) this.#forgetOldest(entry);
    return answer;
  }

  #forgetOldest(asked: Entry): void {
    for (const entry of this.#answering) {
      if (this.#keptAnswers <= this.#keptAnswersMax) return;
      if (entry !== asked) this.#forget(entry);
    }
  }

  #forget(entry: Entry): void {
    this.#keptAnswers -= entry.answers?.size ?? 0;
    delete entry.answers;
    this.#answering.delete(entry);
  }
}
