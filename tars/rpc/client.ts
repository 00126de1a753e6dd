/** Calls TARS servers: typed functions from an interface, one connection for each endpoint. */

import { TarsierError } from '../../errors/tarsier-error.ts';
import { decodeResult, encodeArguments } from '../codec/call.ts';
import { encodeStruct } from '../codec/encode.ts';
import {
  defineInterface,
  type ArgumentsInput,
  type ResultOf,
  type TarsFunction,
  type TarsInterface,
} from '../codec/interface.ts';
import { RequestPacket, type ResponsePacket } from '../framework/packets.ts';
import { ClientConnection, type Endpoint } from './client-connection.ts';
import { defaultClientLimits, type ClientLimits } from './client-limits.ts';
import { frameOf } from './frame.ts';
import { returnCodes } from './return-codes.ts';
import { versions } from './versions.ts';

export interface CallOptions {
  readonly timeoutMs?: number;
  readonly context?: ReadonlyMap<string, string>;
  readonly status?: ReadonlyMap<string, string>;
}

/** The server must not answer: resolves when the request is on its way. */
export interface OneWayOptions extends CallOptions {
  readonly oneWay: true;
}

interface ProxyFunction<F extends TarsFunction> {
  (values: ArgumentsInput<F>, options?: CallOptions): Promise<ResultOf<F>>;
  (values: ArgumentsInput<F>, options: OneWayOptions): Promise<void>;
}

/** Each function resolves to `{ ret, ...out parameters }`, or fails with a `TarsierError`. */
export type TarsProxy<I extends TarsInterface> = {
  readonly [Name in keyof I['functions']]: ProxyFunction<I['functions'][Name]>;
};

export interface TarsClientOptions extends Partial<ClientLimits> {
  /** A packet that no call asked for. */
  onPush?(endpoint: Endpoint, packet: ResponsePacket): void;
}

interface Target {
  readonly endpoint: Endpoint;
  readonly servant: string;
  readonly func: string;
  readonly definition: TarsFunction;
}

const NORMAL_PACKET = 0;
const ONE_WAY_PACKET = 1;

const ping = defineInterface('Servant', { tars_ping: { in: {}, out: {} } }).functions.tars_ping;

/** Codes that may be gone the next time. */
const busyCodes: ReadonlySet<number> = new Set([
  returnCodes.queueTimeout,
  returnCodes.invokeTimeout,
  returnCodes.connectFailed,
  returnCodes.overloaded,
  returnCodes.noEndpoint,
  returnCodes.sendError,
]);

export class TarsClient {
  readonly #options: TarsClientOptions;
  readonly #limits: ClientLimits;
  readonly #connections = new Map<string, ClientConnection>();
  #isClosed = false;

  constructor(options: TarsClientOptions = {}) {
    this.#options = options;
    this.#limits = { ...defaultClientLimits, ...options };
  }

  /** Opens nothing yet: the first call connects, and so does the first one after a connection ended. */
  proxy<I extends TarsInterface>(endpoint: Endpoint, servant: string, definition: I): TarsProxy<I> {
    const functions = Object.entries(definition.functions).map(([func, declared]) => {
      const target = { endpoint, servant, func, definition: declared };
      const call = (values: unknown, options: CallOptions | OneWayOptions = {}): Promise<unknown> =>
        this.#call(target, values, options);
      return [func, call] as const;
    });
    return Object.fromEntries(functions) as unknown as TarsProxy<I>;
  }

  /** Resolves when the servant answers that it is there. */
  async ping(endpoint: Endpoint, servant: string, options: CallOptions = {}): Promise<void> {
    await this.#call({ endpoint, servant, func: 'tars_ping', definition: ping }, {}, options);
  }

  /** Sends what is queued, then closes all connections; calls in flight fail. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#connections.values()) connection.close();
  }

  async #call(
    target: Target,
    values: unknown,
    options: CallOptions | OneWayOptions,
  ): Promise<unknown> {
    const body = encodeArguments(target.definition, versions.tars, values);
    const connection = this.#connection(target.endpoint);
    const id = connection.nextId();
    const timeoutMs = options.timeoutMs ?? this.#limits.callTimeoutMs;
    const oneWay = 'oneWay' in options && options.oneWay;
    const frame = frameOf(
      encodeStruct(RequestPacket, {
        iVersion: versions.tars,
        cPacketType: oneWay ? ONE_WAY_PACKET : NORMAL_PACKET,
        iRequestId: id,
        sServantName: target.servant,
        sFuncName: target.func,
        sBuffer: body,
        iTimeout: timeoutMs,
        context: options.context,
        status: options.status,
      }),
    );
    if (oneWay) return await connection.callOneWay(frame);
    return readReply(target, await connection.call(id, frame, timeoutMs));
  }

  #connection(endpoint: Endpoint): ClientConnection {
    if (this.#isClosed) {
      throw new TarsierError('TARS_DISCONNECTED', 'Cannot call: the TARS client is closed.');
    }
    const key = `${endpoint.host} ${endpoint.port}`;
    const known = this.#connections.get(key);
    if (known !== undefined) return known;
    const opened: ClientConnection = new ClientConnection(endpoint, this.#limits, {
      pushed: (packet) => this.#options.onPush?.(endpoint, packet),
      retired: () => {
        if (this.#connections.get(key) === opened) this.#connections.delete(key);
      },
    });
    this.#connections.set(key, opened);
    return opened;
  }
}

function readReply(target: Target, packet: ResponsePacket): unknown {
  const { endpoint, servant, func, definition } = target;
  const what = `${servant}.${func} at ${endpoint.host}:${endpoint.port}`;
  const details = { servant, func, ...endpoint };
  if (packet.iRet !== returnCodes.success) {
    const { iRet, sResultDesc } = packet;
    const text = sResultDesc === '' ? '' : `: ${sResultDesc}`;
    throw new TarsierError(
      busyCodes.has(iRet) ? 'TARS_CALL_BUSY' : 'TARS_CALL_FAILED',
      `${what} answered with the code ${iRet}${text}`,
      { details: { ...details, iRet, sResultDesc } },
    );
  }
  try {
    return decodeResult(definition, versions.tars, packet.sBuffer);
  } catch (cause) {
    throw new TarsierError(
      'TARS_REPLY',
      `${what} answered with something else than its interface says.`,
      {
        cause,
        details,
      },
    );
  }
}
