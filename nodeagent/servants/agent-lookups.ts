/** Lookups on an agent: from what it holds, for the callers it knows. */

import { isIP } from 'node:net';
import { LookupIndex } from '../../registry/lookup/lookup-index.ts';
import type { LookupAnswer, LookupObject } from '../../registry/lookup/lookup-model.ts';
import type { MasterRequest, QueryPorts } from '../../registry/lookup/query-object.ts';
import type { QuerySubscribers } from '../../registry/lookup/query-subscribers.ts';
import type { ServantCall } from '../../tars/rpc/servant.ts';
import type { ObjectSource } from '../locator/object-source.ts';
import type { MasterLocks } from '../session/master-locks.ts';
import { callerOf, type OwnNode } from './caller.ts';
import { FirstAnswers } from './first-answers.ts';
import type { OwnAnswers } from './own-answers.ts';
import type { PeerGate } from './peer-gate.ts';

interface AgentLookupsOptions {
  readonly source: ObjectSource;
  readonly locks: MasterLocks;
  readonly node: OwnNode;
  readonly gate: PeerGate;
  readonly own: OwnAnswers;
  readonly subscribers: QuerySubscribers;
}

export class AgentLookups implements QueryPorts {
  readonly index = new LookupIndex();
  readonly #firstAnswers = new FirstAnswers(() => performance.now());
  readonly #options: AgentLookupsOptions;
  readonly #unsubscribe: () => void;

  constructor(options: AgentLookupsOptions) {
    this.#options = options;
    const { source } = options;
    this.index.setTopology(source.topology);
    this.#unsubscribe = source.onChange((change) => this.#hear(change));
  }

  close(): void {
    this.#unsubscribe();
    this.#firstAnswers.close();
  }

  own(name: string, call: ServantCall): LookupAnswer | undefined {
    const { own, node } = this.#options;
    return own.of(name, () => callerOf(call.peerAddress, call.context, node));
  }

  /** The source is asked each time: it forgets what nobody asks for. */
  fetch(name: string): Promise<unknown> | undefined {
    const { source } = this.#options;
    const known = source.find(name);
    if (known === undefined) {
      return source.ask(name).then((answer) => {
        this.#update(name, answer);
        return this.#firstAnswers.hold(name);
      });
    }
    this.#update(name, known);
    return this.#firstAnswers.hold(name);
  }

  callerAddress(call: ServantCall): string {
    const { node } = this.#options;
    const { name, address } = callerOf(call.peerAddress, call.context, node);
    if (name === node.name) return node.addresses()[0] ?? address;
    return isIP(name) === 0 ? address : name;
  }

  /** It is asked for in the name of this node: its services are the only ones that may ask here. */
  async lock(request: MasterRequest, call: ServantCall): Promise<number> {
    const { gate, locks } = this.#options;
    if (gate.admit(call) === undefined) return -1;
    const { service, isMaster, timeoutMs } = request;
    return locks.requestLock({ service, isMaster, timeoutMs });
  }

  #hear(change: readonly string[] | 'topology'): void {
    const { source, subscribers } = this.#options;
    if (change === 'topology') {
      this.index.setTopology(source.topology);
      subscribers.changed(change);
      return;
    }
    const told: string[] = [];
    for (const name of change) {
      const known = source.find(name);
      if (known !== undefined) told.push(name);
      else if (this.index.has(name) && subscribers.has(name)) this.#askAgainSoon(name);
      this.#update(name, known);
    }
    if (told.length > 0) subscribers.changed(told);
  }

  /** Subscribers do not ask, so that the source gave it up; it did not change. */
  #askAgainSoon(name: string): void {
    queueMicrotask(() => void this.fetch(name));
  }

  #update(name: string, known: LookupObject | 'unknown' | undefined): void {
    if (known === undefined || known === 'unknown') this.index.remove(name);
    else this.index.put(known);
    this.#firstAnswers.update(name, known);
  }
}
