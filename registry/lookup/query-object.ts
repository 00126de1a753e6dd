/**
 * What `QueryObj` answers, on an agent and on a controller alike (tars-contract §2.2): endpoints of
 * named objects, subscriptions to their changes, and the lock of a master among instances.
 */

import { QueryF } from '../../tars/framework/query-f.ts';
import {
  servant,
  type ServantCall,
  type EncodedResult,
  type Servant,
} from '../../tars/rpc/servant.ts';
import { EncodedAnswers, type AnswerLayout } from './encoded-answers.ts';
import type { LookupIndex } from './lookup-index.ts';
import type { LookupAnswer } from './lookup-model.ts';
import { isObjectName, objectNameLengthMax } from './object-name.ts';
import type { QuerySubscribers } from './query-subscribers.ts';

/** A service that wants to be, or to stay, the one master among its instances. */
export interface MasterRequest {
  readonly service: string;
  /** As the service says, which proves nothing; may be empty. */
  readonly claimedNode: string;
  readonly isMaster: boolean;
  /** The lock goes to another one when it is not asked for within this time. */
  readonly timeoutMs: number;
}

export interface QueryPorts {
  /** The answer for names that the answering process offers itself; looked up nowhere. */
  own(name: string, call: ServantCall): LookupAnswer | undefined;
  /** Brings `name` into the index; `undefined` when it is there, or known to be unknown. */
  fetch(name: string): Promise<unknown> | undefined;
  /** Decides which endpoints are near. */
  callerAddress(call: ServantCall): string | undefined;
  /** 0 master, 1 another one is, 2 the request makes no sense, -1 it is not known. */
  lock(request: MasterRequest, call: ServantCall): Promise<number>;
}

interface QueryOptions {
  readonly index: LookupIndex;
  readonly subscribers: QuerySubscribers;
  readonly ports: QueryPorts;
}

type Question = (name: string, caller: string | undefined) => LookupAnswer;
type Asked = LookupAnswer | Promise<LookupAnswer>;

/** As C++ services are told by their template. */
const LOCK_MS_DEFAULT = 5_000;

/** Handlers of the interface QueryF. */
export function queryObject({ index, subscribers, ports }: QueryOptions): Servant {
  const bytes = new EncodedAnswers();
  const find = (name: string, call: ServantCall, question: Question): Asked => {
    const own = ports.own(name, call);
    if (own !== undefined) return own;
    const caller = ports.callerAddress(call);
    const fetched = isObjectName(name) ? ports.fetch(name) : undefined;
    if (fetched === undefined) return question(name, caller);
    return fetched.then(() => question(name, caller));
  };
  const answer = (asked: Asked, layout: AnswerLayout): EncodedResult | Promise<EncodedResult> => {
    // At once when it can be, so that a lookup of a known object costs no turn of the event loop.
    if (!(asked instanceof Promise)) return { encoded: bytes.of(asked, layout) };
    return asked.then((answered) => ({ encoded: bytes.of(answered, layout) }));
  };
  const any: Question = (name) => index.any(name);
  const near: Question = (name, caller) => index.inSameGroup(name, caller);

  return servant(QueryF, {
    findObjectById: ({ id }, call) => answer(find(id, call, any), 'active'),
    findObjectById4Any: ({ id }, call) => answer(find(id, call, any), 'from-2'),
    findObjectById4All: ({ id }, call) => answer(find(id, call, near), 'from-2'),
    findObjectByIdInSameGroup: ({ id }, call) => answer(find(id, call, near), 'from-2'),
    findObjectByIdInSameStation: ({ id, sStation }, call) =>
      answer(
        find(id, call, (name) => index.inSameStation(name, sStation)),
        'from-3',
      ),
    findObjectByIdInSameSet: ({ id, setId }, call) =>
      answer(
        find(id, call, (name, caller) => index.inSameSet(name, setId, caller)),
        'from-3',
      ),
    async findObjectNodeName({ id }, call) {
      const { active, inactive } = await find(id, call, any);
      const nodes = new Set([...active, ...inactive].map(({ node }) => node));
      return { ret: 0, nodeName: [...nodes].toSorted() };
    },
    async registerQuery({ id }, call) {
      if (!isObjectName(id)) return { ret: -1 };
      await find(id, call, near);
      const caller = ports.callerAddress(call);
      const asSeen = (): LookupAnswer => index.inSameGroup(id, caller);
      return { ret: subscribers.subscribe(call.connection, id, asSeen) ? 0 : -1 };
    },
    registerChange: ({ timestamp }, call) => ({
      ret: subscribers.subscribeToAll(call.connection, timestamp) ? 0 : -1,
    }),
    async getLocker({ req }, call) {
      const { application, server_name: server, node_name: claimedNode, isMaster } = req;
      if (!isNamePart(application) || !isNamePart(server)) return { ret: 2 };
      const timeoutMs = req.timeout > 0 ? req.timeout : LOCK_MS_DEFAULT;
      const service = `${application}.${server}`;
      return { ret: await ports.lock({ service, claimedNode, isMaster, timeoutMs }, call) };
    },
  });
}

function isNamePart(text: string): boolean {
  return text.length <= objectNameLengthMax && /^[\w-]+$/.test(text);
}
