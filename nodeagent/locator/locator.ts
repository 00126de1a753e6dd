/** Holds the live endpoint lists that services of this node ask for: subscribed, and kept on disk. */

import type { TaskMessage } from '../../link/connection/connect.ts';
import type { Objects } from '../../link/messages/messages.ts';
import type { LookupObject } from '../../registry/lookup/lookup-model.ts';
import { isObjectName } from '../../registry/lookup/object-name.ts';
import { keepIdentity } from '../../registry/same-data.ts';
import type { DesiredTopology } from '../../spec/desired-state.ts';
import type { Clock } from '../clock.ts';
import type { LinkPart, LinkSend } from '../session/link-part.ts';
import { HeldAnswers } from './held-answers.ts';
import { InterestTold } from './interest-told.ts';
import { AskedObjects, type AskedObjectsLimits } from './asked-objects.ts';
import type { ObjectSource } from './object-source.ts';
import type { ObjectsFolderContent } from './objects-folder.ts';
import { WaitingAsks } from './waiting-asks.ts';

/** Where objects survive the process; see `ObjectsFolder`. */
export interface ObjectsStore {
  /** Registry sequence that what is put speaks for. */
  revision: number;
  load(): ObjectsFolderContent;
  put(object: LookupObject): void;
  remove(name: string): void;
  putTopology(topology: DesiredTopology): void;
}

export interface LocatorPorts {
  readonly clock: Clock;
  readonly store: ObjectsStore;
  readonly send: LinkSend;
  readonly limits?: AskedObjectsLimits;
}

type Listener = (names: readonly string[] | 'topology') => void;

/** Without an answer of the controller for this long, an object counts as unknown. */
const ANSWER_WITHIN_MS = 500;

export class Locator implements ObjectSource, LinkPart {
  readonly #ports: LocatorPorts;
  readonly #known: AskedObjects;
  readonly #told: InterestTold;
  readonly #asks: WaitingAsks;
  readonly #held: HeldAnswers;
  readonly #listeners = new Set<Listener>();
  #topology: DesiredTopology;
  #ackDue: number | undefined;
  #isTelling = false;

  constructor(ports: LocatorPorts) {
    this.#ports = ports;
    this.#known = new AskedObjects(ports.limits);
    this.#asks = new WaitingAsks(ANSWER_WITHIN_MS);
    this.#told = new InterestTold(ports.send);
    const { objects, topology, revision } = ports.store.load();
    this.#held = new HeldAnswers(revision, (answers) => this.#learnLater(answers));
    this.#topology = topology;
    const nowMs = ports.clock.now();
    for (const object of objects) this.#known.learn(object.name, object, nowMs);
  }

  get topology(): DesiredTopology {
    return this.#topology;
  }

  find(name: string): LookupObject | 'unknown' | undefined {
    // Whoever looks because it was told of a change does not ask for the object.
    const knowledge = this.#isTelling
      ? this.#known.peek(name)
      : this.#known.find(name, this.#ports.clock.now());
    return knowledge === 'waiting' ? undefined : knowledge;
  }

  async ask(name: string): Promise<LookupObject | 'unknown'> {
    const found = this.find(name);
    if (found !== undefined) return found;
    if (!isObjectName(name)) return 'unknown';
    if (!this.#known.has(name)) {
      this.#drop(this.#known.add(name, this.#ports.clock.now()));
      // Everything else is asked for more urgently.
      if (!this.#known.has(name)) return 'unknown';
      this.#told.add(name);
      this.#asks.begin(name);
    }
    return this.#asks.answer(name);
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Call it every few minutes: gives up what nobody asks for any more. */
  tick(): void {
    this.#drop(this.#known.takeExpired(this.#ports.clock.now()));
  }

  close(): void {
    this.#asks.close();
    this.#held.close();
    this.#listeners.clear();
  }

  onOpen(): void {
    this.#ackDue = undefined;
    this.#told.tellAll(this.#known.names());
  }

  onMessage(message: TaskMessage): boolean {
    if (message.type !== 'objects') return false;
    this.#learn(message);
    return true;
  }

  onDrain(): void {
    this.#told.flush();
    this.#acknowledge();
  }

  onClose(): void {
    this.#ackDue = undefined;
    this.#told.forget();
  }

  #learn({ topology, upsert, unknown, revision, more }: Objects): void {
    const news: string[] = [];
    this.#held.heard(revision);
    this.#ports.store.revision = revision;
    for (const object of upsert) if (this.#learnOne(object.name, object)) news.push(object.name);
    for (const name of unknown) if (this.#learnOne(name, 'unknown')) news.push(name);
    if (topology !== undefined) this.#learnTopology(topology);
    if (news.length > 0) this.#tell(news);
    if (more === true) return;
    this.#ackDue = revision;
    this.#acknowledge();
  }

  /** An answer to a question that was given up meanwhile is no news. */
  #learnOne(name: string, knowledge: LookupObject | 'unknown'): boolean {
    if (!this.#known.has(name)) return false;
    if (this.#held.holds(name, this.#known.peek(name), knowledge)) return false;
    const { isNews, gone } = this.#known.learn(name, knowledge, this.#ports.clock.now());
    if (isNews && knowledge === 'unknown') this.#ports.store.remove(name);
    else if (isNews && knowledge !== 'unknown') this.#ports.store.put(knowledge);
    this.#asks.settle(name, knowledge);
    this.#drop(gone);
    return isNews;
  }

  #learnLater(answers: ReadonlyMap<string, LookupObject | 'unknown'>): void {
    const news = [...answers].filter(([name, answer]) => this.#learnOne(name, answer));
    if (news.length > 0) this.#tell(news.map(([name]) => name));
  }

  #learnTopology(topology: DesiredTopology): void {
    const kept = keepIdentity(this.#topology, topology);
    if (kept === this.#topology) return;
    this.#topology = kept;
    this.#ports.store.putTopology(kept);
    this.#tell('topology');
  }

  #drop(names: readonly string[]): void {
    for (const name of names) {
      this.#told.remove(name);
      this.#asks.settle(name, 'unknown');
      this.#ports.store.remove(name);
    }
    if (names.length > 0) this.#tell(names);
  }

  #tell(what: readonly string[] | 'topology'): void {
    this.#isTelling = true;
    try {
      for (const listener of this.#listeners) listener(what);
    } finally {
      this.#isTelling = false;
    }
  }

  #acknowledge(): void {
    if (this.#ackDue === undefined) return;
    const isSent = this.#ports.send({ type: 'objects-ack', revision: this.#ackDue });
    if (isSent) this.#ackDue = undefined;
  }
}
