/**
 * Connections that want to hear of changes instead of asking again (`registerQuery`,
 * `registerChange`). TARS publishes no shape for these pushes, so this is ours, in the spirit of
 * its cascade (tars-contract §9.4): a push is a reply without a request, and `TARS_FUNC` in its
 * status names the function that subscribed.
 */

import { encodeFields } from '../../tars/codec/encode.ts';
import { t } from '../../tars/codec/types.ts';
import { EndpointF } from '../../tars/framework/endpoint-f.ts';
import type { TarsConnection } from '../../tars/rpc/tars-connection.ts';
import { endpointFields } from './endpoint-fields.ts';
import type { LookupAnswer } from './lookup-model.ts';

/** Of one connection. */
const OBJECTS_MAX = 1_000;
const SUBSCRIBERS_MAX = 10_000;
/** Of all connections. */
const SUBSCRIPTIONS_MAX = 100_000;
/** Beyond it a push names none, which means any. */
const PUSHED_NAMES_MAX = 1_000;

interface Subscriber {
  /** By object: the answer as this caller sees it. */
  readonly objects: Map<string, () => LookupAnswer>;
  hearsOfAll: boolean;
}

type Connection = Pick<TarsConnection, 'push' | 'onClose'>;

const endpoints = t.list(EndpointF);
const timestampMap = t.map(t.string, t.string);

export class QuerySubscribers {
  readonly #epoch: string;
  readonly #subscribers = new Map<Connection, Subscriber>();
  #subscriptions = 0;
  #objectChanges = 0;
  #topologyChanges = 0;

  /** `epoch` tells one start of the process from another. */
  constructor(epoch: string) {
    this.#epoch = epoch;
  }

  /** By kind: what a subscriber that has seen everything would hold. */
  get timestamps(): ReadonlyMap<string, string> {
    return new Map([
      ['object', `${this.#epoch}.${this.#objectChanges}`],
      ['topology', `${this.#epoch}.${this.#topologyChanges}`],
    ]);
  }

  /** False when there are too many. The present answer is not pushed: it can be asked for. */
  subscribe(connection: Connection, name: string, answer: () => LookupAnswer): boolean {
    const subscriber = this.#of(connection);
    if (subscriber === undefined) return false;
    const { objects } = subscriber;
    if (objects.has(name)) return true;
    if (objects.size >= OBJECTS_MAX || this.#subscriptions >= SUBSCRIPTIONS_MAX) return false;
    objects.set(name, answer);
    this.#subscriptions += 1;
    return true;
  }

  /** False when there are too many. Who is behind in any kind hears of it at once. */
  subscribeToAll(connection: Connection, seen: ReadonlyMap<string, string>): boolean {
    const subscriber = this.#of(connection);
    if (subscriber === undefined) return false;
    subscriber.hearsOfAll = true;
    const isBehind = [...this.timestamps].some(([kind, at]) => seen.get(kind) !== at);
    if (isBehind) this.#pushChange(connection, []);
    return true;
  }

  /** To be called after every change, when lookups already answer from it. */
  changed(names: readonly string[] | 'topology'): void {
    if (names === 'topology') this.#topologyChanges += 1;
    else this.#objectChanges += 1;
    const told = names === 'topology' || names.length > PUSHED_NAMES_MAX ? [] : names;
    for (const [connection, { objects, hearsOfAll }] of this.#subscribers) {
      if (hearsOfAll) this.#pushChange(connection, told);
      const affected = names === 'topology' ? objects.keys() : names;
      for (const name of affected) {
        const answer = objects.get(name);
        if (answer !== undefined) pushObject(connection, name, answer());
      }
    }
  }

  #of(connection: Connection): Subscriber | undefined {
    const known = this.#subscribers.get(connection);
    if (known !== undefined) return known;
    if (this.#subscribers.size >= SUBSCRIBERS_MAX) return undefined;
    const made: Subscriber = { objects: new Map(), hearsOfAll: false };
    this.#subscribers.set(connection, made);
    connection.onClose(() => {
      this.#subscriptions -= made.objects.size;
      this.#subscribers.delete(connection);
    });
    return made;
  }

  /** `names` are the objects that changed; none stands for any of them. */
  #pushChange(connection: Connection, names: readonly string[]): void {
    const body = encodeFields([
      [0, t.int32, 0],
      [1, timestampMap, this.timestamps],
      [2, t.list(t.string), names],
    ]);
    connection.push({ func: 'registerChange', body });
  }
}

/** Like a reply of `findObjectById4Any`, with the name where the request has it. */
function pushObject(connection: Connection, name: string, answer: LookupAnswer): void {
  const body = encodeFields([
    [0, t.int32, answer.ret],
    [1, t.string, name],
    [2, endpoints, answer.active.map(endpointFields)],
    [3, endpoints, answer.inactive.map(endpointFields)],
  ]);
  connection.push({ func: 'registerQuery', body });
}
