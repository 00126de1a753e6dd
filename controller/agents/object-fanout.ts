/**
 * Tells agents the objects that they ask for: each object is encoded once, and a change costs
 * nothing for agents that did not ask for it.
 */

import { encodeObject } from '../../link/messages/encode-objects.ts';
import { KnownObjects } from '../../registry/lookup/known-objects.ts';
import type { RegistryState } from '../../registry/model.ts';
import { isRebuilding } from '../../registry/rebuild.ts';
import { noTopology, type DesiredTopology } from '../../spec/desired-state.ts';
import { ObjectSubscriber, type SubscriberConnection } from './object-subscriber.ts';

export interface ObjectFanoutPorts {
  state(): RegistryState;
  /** Registry sequence of the state. */
  sequence(): number;
  /** Larger than any message: left out, and told to nobody. */
  onTooLarge(name: string): void;
}

export class ObjectFanout {
  readonly #ports: ObjectFanoutPorts;
  readonly #known: KnownObjects;
  readonly #subscribers = new Set<ObjectSubscriber>();
  readonly #interested = new Map<string, Set<ObjectSubscriber>>();
  /** Of names that somebody asks for. */
  readonly #encoded = new Map<string, Uint8Array>();
  /** Services whose objects were not looked at since a command touched them. */
  readonly #touched = new Set<string>();
  readonly #toFlush = new Set<ObjectSubscriber>();
  #isScheduled = false;

  constructor(ports: ObjectFanoutPorts) {
    this.#ports = ports;
    this.#known = new KnownObjects(ports.state());
  }

  get sequence(): number {
    return this.#ports.sequence();
  }

  /** Who is gone and who is not yet heard cannot be told apart: agents answer from what they hold. */
  get isHeldBack(): boolean {
    return isRebuilding(this.#ports.state());
  }

  get topology(): DesiredTopology {
    return this.#ports.state().topology ?? noTopology;
  }

  subscribe(connection: SubscriberConnection): ObjectSubscriber {
    const subscriber = new ObjectSubscriber(this, connection);
    this.#subscribers.add(subscriber);
    return subscriber;
  }

  /** Call it for every command that is applied. What changes in one turn is told as one. */
  touched(services: Iterable<string>): void {
    for (const service of services) this.#touched.add(service);
    if (this.#touched.size > 0) this.#flushSoon();
  }

  /** Call it when a commit was applied: the topology may be another one. */
  topologyTouched(): void {
    for (const subscriber of this.#subscribers) this.#toFlush.add(subscriber);
    this.#flushSoon();
  }

  /** Brings what is known to `sequence`, and marks what has become due. */
  settle(): void {
    if (this.#touched.size === 0) return;
    const { put, removed } = this.#known.update(this.#ports.state(), this.#touched);
    this.#touched.clear();
    for (const { name } of put) this.#mark(name);
    for (const name of removed) this.#mark(name);
  }

  /** `undefined` when nobody knows the object. */
  encoded(name: string): Uint8Array | undefined {
    const encoded = this.#encoded.get(name);
    if (encoded !== undefined) return encoded;
    const object = this.#known.named(name);
    if (object === undefined) return undefined;
    const fresh = encodeObject(object);
    if (this.#interested.has(name)) this.#encoded.set(name, fresh);
    return fresh;
  }

  join(name: string, subscriber: ObjectSubscriber): void {
    const members = this.#interested.get(name);
    if (members === undefined) this.#interested.set(name, new Set([subscriber]));
    else members.add(subscriber);
  }

  leave(name: string, subscriber: ObjectSubscriber): void {
    const members = this.#interested.get(name);
    if (members?.delete(subscriber) !== true || members.size > 0) return;
    this.#interested.delete(name);
    this.#encoded.delete(name);
  }

  /** The connection is gone. */
  unsubscribe(subscriber: ObjectSubscriber): void {
    this.#subscribers.delete(subscriber);
    this.#toFlush.delete(subscriber);
  }

  onTooLarge(name: string): void {
    this.#ports.onTooLarge(name);
  }

  #mark(name: string): void {
    this.#encoded.delete(name);
    const members = this.#interested.get(name);
    if (members === undefined) return;
    for (const subscriber of members) {
      subscriber.touch(name);
      this.#toFlush.add(subscriber);
    }
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.settle();
      this.#isScheduled = false;
      const due = [...this.#toFlush];
      this.#toFlush.clear();
      for (const subscriber of due) subscriber.flush();
    });
  }
}
