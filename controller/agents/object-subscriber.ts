/** What one agent asks to be told about objects, what of it is due, and what it has applied. */

import { encodeObjects } from '../../link/messages/encode-objects.ts';
import { interestMax } from '../../link/messages/interest-limits.ts';
import type { Interest, Objects } from '../../link/messages/messages.ts';
import type { DesiredTopology } from '../../spec/desired-state.ts';
import type { ObjectFanout } from './object-fanout.ts';

export interface SubscriberConnection {
  hasRoom(): boolean;
  sendEncoded(bytes: Uint8Array): void;
}

/** Below the limit of the link, so that other messages get through in between. */
const partBytesMax = 4 * 1024 * 1024;
const objectBytesMax = 15 * 1024 * 1024;

export class ObjectSubscriber {
  readonly #fanout: ObjectFanout;
  readonly #connection: SubscriberConnection;
  readonly #names = new Set<string>();
  /** Names whose object the agent does not have as it is now. */
  readonly #due = new Set<string>();
  #owesFull = false;
  #sentTopology: DesiredTopology | undefined;
  #sentRevision = 0;
  #ackedRevision: number | undefined;

  constructor(fanout: ObjectFanout, connection: SubscriberConnection) {
    this.#fanout = fanout;
    this.#connection = connection;
  }

  /**
   * The agent answers lookups from the registry as of this sequence, or a later one; `undefined`
   * until it has applied what it asked for first.
   */
  get appliedRevision(): number | undefined {
    this.#fanout.settle();
    const hasAll = this.#due.size === 0 && this.#ackedRevision === this.#sentRevision;
    return hasAll ? this.#fanout.sequence : this.#ackedRevision;
  }

  /** What is wrong with the message, or `undefined`. */
  onInterest({ full, add, remove }: Interest): string | undefined {
    if (this.#sentTopology === undefined && !full && !this.#owesFull) {
      return 'a first interest that is not full';
    }
    if (full) this.#removeAll();
    for (const name of remove) this.#remove(name);
    for (const name of add) {
      this.#names.add(name);
      this.#due.add(name);
      this.#fanout.join(name, this);
    }
    if (this.#names.size > interestMax) return `an interest in more than ${interestMax} objects`;
    this.#owesFull ||= full;
    this.flush();
    return undefined;
  }

  /** What is wrong with the message, or `undefined`. */
  onAck(revision: number): string | undefined {
    // A revision that was never sent would end a drain that is not over.
    if (revision > this.#sentRevision) return `an acknowledgement of objects ${revision}`;
    this.#ackedRevision = Math.max(revision, this.#ackedRevision ?? 0);
    return undefined;
  }

  /** The object has changed. */
  touch(name: string): void {
    this.#due.add(name);
  }

  /** Sends what the agent does not have yet, if there is room; else it is called again later. */
  flush(): void {
    // Before it has asked for anything it is told nothing.
    if (this.#sentTopology === undefined && !this.#owesFull) return;
    if (this.#fanout.isHeldBack) return;
    // So that the revision of a message never promises more than its objects say.
    this.#fanout.settle();
    while (this.#isDue() && this.#connection.hasRoom()) this.#sendPart();
  }

  close(): void {
    this.#removeAll();
    this.#fanout.unsubscribe(this);
  }

  #isDue(): boolean {
    return this.#owesFull || this.#due.size > 0 || this.#sentTopology !== this.#fanout.topology;
  }

  #sendPart(): void {
    const { topology, sequence } = this.#fanout;
    const { upsert, unknown } = this.#takePart();
    const more = this.#due.size > 0;
    const head: Omit<Objects, 'upsert'> = {
      type: 'objects',
      revision: sequence,
      unknown,
      ...(this.#owesFull ? { full: true } : {}),
      ...(this.#owesFull || topology !== this.#sentTopology ? { topology } : {}),
      ...(more ? { more } : {}),
    };
    this.#connection.sendEncoded(encodeObjects(head, upsert));
    this.#sentRevision = head.revision;
    this.#sentTopology = topology;
    if (!more) this.#owesFull = false;
  }

  #takePart(): { readonly upsert: Uint8Array[]; readonly unknown: string[] } {
    const upsert: Uint8Array[] = [];
    const unknown: string[] = [];
    let sizeBytes = 0;
    for (const name of this.#due) {
      if (sizeBytes > partBytesMax) break;
      const encoded = this.#fanout.encoded(name);
      const objectBytes = encoded?.byteLength ?? name.length * 3;
      if (sizeBytes > 0 && sizeBytes + objectBytes > partBytesMax) break;
      this.#due.delete(name);
      sizeBytes += objectBytes;
      if (encoded === undefined) unknown.push(name);
      else if (objectBytes > objectBytesMax) this.#fanout.onTooLarge(name);
      else upsert.push(encoded);
    }
    return { upsert, unknown };
  }

  #remove(name: string): void {
    this.#due.delete(name);
    if (this.#names.delete(name)) this.#fanout.leave(name, this);
  }

  #removeAll(): void {
    for (const name of this.#names) this.#remove(name);
  }
}
