/** Lookups on a controller: from the registry itself, for callers on machines without an agent. */

import { isIP } from 'node:net';
import type { Logger } from 'pino';
import type { RegistryCommand } from '../../registry/commands.ts';
import { KnownObjects } from '../../registry/lookup/known-objects.ts';
import { LookupIndex } from '../../registry/lookup/lookup-index.ts';
import type { LookupAnswer } from '../../registry/lookup/lookup-model.ts';
import { ownAnswer } from '../../registry/lookup/own-answer.ts';
import type { MasterRequest, QueryPorts } from '../../registry/lookup/query-object.ts';
import type { QuerySubscribers } from '../../registry/lookup/query-subscribers.ts';
import type { RegistryState } from '../../registry/model.ts';
import type { RegistryResult } from '../../registry/result.ts';
import type { Replica } from '../../replica/core/replica.ts';
import { noTopology } from '../../spec/desired-state.ts';
import type { ServantCall } from '../../tars/rpc/servant.ts';
import { LockRequests } from '../agents/lock-requests.ts';
import { callerNode } from './caller-node.ts';

export type LocatorReplica = Pick<
  Replica<RegistryState, RegistryCommand, RegistryResult>,
  'state' | 'propose' | 'subscribe'
>;

interface RegistryLookupsOptions {
  readonly replica: LocatorReplica;
  readonly subscribers: QuerySubscribers;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export const queryObjectName = 'tars.tarsregistry.QueryObj';
const nowhere: LookupAnswer = { ret: 0, active: [], inactive: [] };
const SENSELESS = 2;

export class RegistryLookups implements QueryPorts {
  readonly index = new LookupIndex();
  readonly #options: RegistryLookupsOptions;
  readonly #known: KnownObjects;
  readonly #locks: LockRequests;
  /** Services whose objects were not looked at since a command touched them. */
  readonly #touched = new Set<string>();
  readonly #unsubscribe: () => void;
  #topologyTouched = false;
  #isScheduled = false;
  #own = nowhere;

  constructor(options: RegistryLookupsOptions) {
    this.#options = options;
    this.#locks = new LockRequests(options);
    const { state, subscribe } = options.replica;
    this.#known = new KnownObjects(state);
    for (const object of this.#known.all()) this.index.put(object);
    this.index.setTopology(state.topology ?? noTopology);
    this.#unsubscribe = subscribe.call(options.replica, ({ result }) => {
      if (result.accepted) this.#touch(result.changes);
    });
  }

  /** Where callers find this locator; before it, and without a host that they can reach, nowhere. */
  listensAt(host: string, port: number): void {
    this.#own = ownAnswer(host, port, '');
  }

  close(): void {
    this.#unsubscribe();
  }

  own(name: string): LookupAnswer | undefined {
    return name === queryObjectName ? this.#own : undefined;
  }

  /** Nothing has to be fetched, but what was just applied has to be seen. */
  fetch(): undefined {
    this.#settle();
  }

  callerAddress({ context, peerAddress }: ServantCall): string {
    const claimed = context.get('node_name') ?? '';
    const node = this.#options.replica.state.nodes.get(claimed);
    const [address] = Object.values(node?.addresses ?? {});
    return address ?? (isIP(claimed) === 0 ? peerAddress : claimed);
  }

  async lock(request: MasterRequest, call: ServantCall): Promise<number> {
    const { replica } = this.#options;
    const { service, isMaster: holderIsMaster, timeoutMs } = request;
    const claimed = [request.claimedNode, call.context.get('node_name') ?? ''];
    const node = callerNode(replica.state.nodes, call.peerAddress, claimed);
    if (node === undefined) return SENSELESS;
    return (await this.#locks.ask({ service, node, holderIsMaster, timeoutMs })).ret;
  }

  #touch(changes: { readonly services: readonly string[]; readonly topology: boolean }): void {
    for (const service of changes.services) this.#touched.add(service);
    this.#topologyTouched ||= changes.topology;
    if (this.#isScheduled || (this.#touched.size === 0 && !this.#topologyTouched)) return;
    this.#isScheduled = true;
    // Nobody may ask for a while, and subscribers wait to hear.
    setImmediate(() => {
      this.#isScheduled = false;
      this.#settle();
    });
  }

  #settle(): void {
    const { replica, subscribers } = this.#options;
    if (this.#topologyTouched) {
      this.#topologyTouched = false;
      this.index.setTopology(replica.state.topology ?? noTopology);
      subscribers.changed('topology');
    }
    if (this.#touched.size === 0) return;
    const { put, removed } = this.#known.update(replica.state, this.#touched);
    this.#touched.clear();
    for (const object of put) this.index.put(object);
    for (const name of removed) this.index.remove(name);
    const names = [...put.map(({ name }) => name), ...removed];
    if (names.length > 0) subscribers.changed(names);
  }
}
