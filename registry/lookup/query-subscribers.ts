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

const CONNECTIONS_MAX = 10_000;
/** Objects of one connection. */
const OBJECTS_MAX = 1_000;
/** Objects of all connections, each counted. */
const SUBSCRIPTIONS_MAX = 100_000;
/** Beyond it a push names none, which means any. */
const PUSHED_NAMES_MAX = 1_000;

type Connection = Pick<TarsConnection, 'push' | 'onClose'>;
/** As this caller sees it now. */
type Answer = () => LookupAnswer;

const endpoints = t.list(EndpointF);
const timestampMap = t.map(t.string, t.string);

export class QuerySubscribers {
  readonly #epoch: string;
  /** What each connection hears of. */
  readonly #connections = new Map<Connection, Set<string>>();
  readonly #byName = new Map<string, Map<Connection, Answer>>();
  readonly #toAll = new Set<Connection>();
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

  /** Whether somebody waits for changes of this object in particular. */
  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** False when there are too many. The present answer is not pushed: it can be asked for. */
  subscribe(connection: Connection, name: string, answer: Answer): boolean {
    const names = this.#namesOf(connection);
    if (names === undefined) return false;
    if (names.has(name)) return true;
    if (names.size >= OBJECTS_MAX || this.#subscriptions >= SUBSCRIPTIONS_MAX) return false;
    names.add(name);
    this.#subscriptions += 1;
    const others = this.#byName.get(name);
    if (others === undefined) this.#byName.set(name, new Map([[connection, answer]]));
    else others.set(connection, answer);
    return true;
  }

  /** False when there are too many. Who is behind in any kind hears of it at once. */
  subscribeToAll(connection: Connection, seen: ReadonlyMap<string, string>): boolean {
    if (this.#namesOf(connection) === undefined) return false;
    this.#toAll.add(connection);
    const isBehind = [...this.timestamps].some(([kind, at]) => seen.get(kind) !== at);
    if (isBehind) this.#pushChange(connection, []);
    return true;
  }

  /** To be called after every change, when lookups already answer from it. */
  changed(names: readonly string[] | 'topology'): void {
    const isTopology = names === 'topology';
    if (isTopology) this.#topologyChanges += 1;
    else this.#objectChanges += 1;
    const told = isTopology || names.length > PUSHED_NAMES_MAX ? [] : names;
    for (const connection of this.#toAll) this.#pushChange(connection, told);
    for (const name of isTopology ? this.#byName.keys() : names) {
      for (const [connection, answer] of this.#byName.get(name) ?? []) {
        pushObject(connection, name, answer());
      }
    }
  }

  #namesOf(connection: Connection): Set<string> | undefined {
    const known = this.#connections.get(connection);
    if (known !== undefined) return known;
    if (this.#connections.size >= CONNECTIONS_MAX) return undefined;
    const made = new Set<string>();
    this.#connections.set(connection, made);
    connection.onClose(() => this.#forget(connection, made));
    return made;
  }

  #forget(connection: Connection, names: ReadonlySet<string>): void {
    this.#connections.delete(connection);
    this.#toAll.delete(connection);
    this.#subscriptions -= names.size;
    for (const name of names) {
      const others = this.#byName.get(name);
      others?.delete(connection);
      if (others?.size === 0) this.#byName.delete(name);
    }
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
