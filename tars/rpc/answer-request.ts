/** From the packet of a request to the frame of its reply: finds servant and function, decodes, calls, encodes. */

import { isTarsierError, TarsierError } from '../../errors/tarsier-error.ts';
import {
  decodeArguments,
  decodeResult,
  encodeResult,
  isParameterVersion,
  type ParameterVersion,
} from '../codec/call.ts';
import { decodeStruct } from '../codec/decode.ts';
import { defineInterface } from '../codec/interface.ts';
import { optional, required, struct, t } from '../codec/types.ts';
import { RequestPacket } from '../framework/packets.ts';
import { encodeReply, type Outcome } from './reply-packet.ts';
import { returnCodes } from './return-codes.ts';
import type { ServantCall, ServantFunction, ServantTable } from './servant.ts';
import type { TarsConnection } from './tars-connection.ts';

/** The frame of the reply, `undefined` for a one-way request. A promise never rejects. */
export type Answer = Uint8Array | undefined | Promise<Uint8Array | undefined>;

export interface AnswerContext {
  readonly servants: ServantTable;
  readonly connection: TarsConnection;
  /** Told about every handler that threw, or whose result does not fit its type. */
  failed(error: unknown, request: RequestPacket): void;
}

const ONE_WAY_PACKET = 1;
const PING = 'tars_ping';
const NO_BYTES = new Uint8Array(0);
const SHOWN_CHARACTERS_MAX = 128;

/** Every servant answers it, and the void result of each version is empty. */
const ping = defineInterface('Servant', { tars_ping: { in: {}, out: {} } }).functions.tars_ping;

/** What must be readable to answer at all. */
const RequestHead = struct('RequestHead', {
  iVersion: required(1, t.int16),
  cPacketType: optional(2, t.int8),
  iMessageType: optional(3, t.int32),
  iRequestId: required(4, t.int32),
  sServantName: required(5, t.string),
  sFuncName: required(6, t.string),
});

/** Throws `TARS_PACKET` when not even the head of the packet can be read. */
export function answerRequest(packet: Uint8Array, context: AnswerContext): Answer {
  let request: RequestPacket;
  try {
    request = decodeStruct(RequestPacket, packet);
  } catch (error) {
    const damaged = readHead(packet);
    return reply(damaged, failure(returnCodes.decodeError, messageOf(error)));
  }
  const outcome = perform(request, context);
  if (!(outcome instanceof Promise)) return reply(request, outcome);
  // The bytes of the parameters are a view into all that arrived with them: not to be kept.
  const echoed = { ...request, sBuffer: NO_BYTES };
  return outcome.then((settled) => reply(echoed, settled));
}

/** One-way requests are never answered, not even by an error. */
function reply(request: RequestPacket, outcome: Outcome): Uint8Array | undefined {
  return request.cPacketType === ONE_WAY_PACKET ? undefined : encodeReply(request, outcome);
}

function readHead(packet: Uint8Array): RequestPacket {
  try {
    const head = decodeStruct(RequestHead, packet);
    return { ...head, sBuffer: NO_BYTES, iTimeout: 0, context: new Map(), status: new Map() };
  } catch (cause) {
    throw new TarsierError('TARS_PACKET', `No TARS request: ${messageOf(cause)}`, {
      cause,
      details: { bytes: packet.length },
    });
  }
}

function perform(request: RequestPacket, context: AnswerContext): Outcome | Promise<Outcome> {
  const { iVersion, sServantName, sFuncName } = request;
  if (!isParameterVersion(iVersion)) {
    return failure(
      returnCodes.decodeError,
      `Version ${iVersion} of the protocol is not spoken here.`,
    );
  }
  const found = context.servants.get(sServantName);
  if (found === undefined) {
    return failure(returnCodes.noServant, `There is no servant ${shown(sServantName)} here.`);
  }
  if (sFuncName === PING) return success(ping, iVersion, {});
  const callee = found.functions.get(sFuncName);
  if (callee === undefined) {
    const where = shown(sServantName);
    return failure(returnCodes.noFunction, `${where} has no function ${shown(sFuncName)}.`);
  }
  let values: unknown;
  try {
    values = decodeArguments(callee.definition, iVersion, request.sBuffer);
  } catch (error) {
    return failure(returnCodes.decodeError, messageOf(error));
  }
  return invoke(callee, values, { request, version: iVersion, context });
}

interface Invocation {
  readonly request: RequestPacket;
  readonly version: ParameterVersion;
  readonly context: AnswerContext;
}

function invoke(
  { definition, handle }: ServantFunction,
  values: unknown,
  { request, version, context }: Invocation,
): Outcome | Promise<Outcome> {
  const failed = (error: unknown): Outcome => {
    context.failed(error, request);
    return failure(
      returnCodes.unknown,
      isTarsierError(error)
        ? error.message
        : 'The function failed; the log of the server says why.',
    );
  };
  const encode = (result: unknown): Outcome => {
    try {
      return success(definition, version, result);
    } catch (error) {
      context.failed(error, request);
      return failure(returnCodes.encodeError, messageOf(error));
    }
  };
  let result: unknown;
  try {
    result = handle(values, callOf(request, context.connection));
  } catch (error) {
    return failed(error);
  }
  return result instanceof Promise ? result.then(encode, failed) : encode(result);
}

function callOf(request: RequestPacket, connection: TarsConnection): ServantCall {
  return {
    servant: request.sServantName,
    func: request.sFuncName,
    context: request.context,
    status: request.status,
    peerAddress: connection.peerAddress,
    version: request.iVersion,
    oneWay: request.cPacketType === ONE_WAY_PACKET,
    timeoutMs: request.iTimeout,
    requestId: request.iRequestId,
    connection,
  };
}

function success(
  definition: ServantFunction['definition'],
  version: ParameterVersion,
  result: unknown,
): Outcome {
  const encoded = encodedOf(result);
  let body: Uint8Array;
  if (encoded === undefined) body = encodeResult(definition, version, result);
  else if (version === 1) body = encoded;
  else body = encodeResult(definition, version, decodeResult(definition, 1, encoded));
  return { iRet: returnCodes.success, body, description: '' };
}

function encodedOf(result: unknown): Uint8Array | undefined {
  if (typeof result !== 'object' || result === null || !('encoded' in result)) return undefined;
  return result.encoded instanceof Uint8Array ? result.encoded : undefined;
}

function failure(iRet: number, description: string): Outcome {
  return { iRet, body: NO_BYTES, description };
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, SHOWN_CHARACTERS_MAX));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
