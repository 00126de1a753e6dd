/** Lets only services of this machine speak to the servants that know or change something of it. */

import type { ServantCall } from '../../tars/rpc/servant.ts';
import { callerOf, type Caller, type OwnNode } from './caller.ts';
import type { Complaints } from './complaints.ts';

export class PeerGate {
  readonly #node: OwnNode;
  readonly #complaints: Complaints;

  constructor(node: OwnNode, complaints: Complaints) {
    this.#node = node;
    this.#complaints = complaints;
  }

  /** `undefined` for a caller of another machine, which has been logged. */
  admit({ peerAddress, context, servant, func }: ServantCall): Caller | undefined {
    const caller = callerOf(peerAddress, context, this.#node);
    if (caller.isLocal) return caller;
    const fields = { peerAddress, servant, func };
    this.#complaints.add('SERVANT_PEER_REFUSED', 'caller of another machine refused', fields);
    return undefined;
  }
}
