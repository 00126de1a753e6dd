/** Frames of replies and pushes: each version has its shape, and all echo what the request said. */

import { encodeFields, encodeStruct } from '../codec/encode.ts';
import { t } from '../codec/types.ts';
import { RequestPacket, ResponsePacket } from '../framework/packets.ts';
import { frameOf } from './frame.ts';
import type { Push } from './tars-connection.ts';
import { isTup, versions } from './versions.ts';

export interface Outcome {
  readonly iRet: number;
  /** Empty for errors. */
  readonly body: Uint8Array;
  /** Empty for success. */
  readonly description: string;
}

const NORMAL_PACKET = 0;
const NO_BYTES = new Uint8Array(0);
/** A map without entries: a TUP body is never empty. */
const NO_PARAMETERS = encodeFields([[0, t.map(t.string, t.bytes), new Map()]]);
const NO_STATUS: ReadonlyMap<string, string> = new Map();

export function encodeReply(request: RequestPacket, outcome: Outcome): Uint8Array {
  return frameOf(
    isTup(request.iVersion) ? tupReply(request, outcome) : plainReply(request, outcome),
  );
}

export function encodePush(push: Push): Uint8Array {
  return frameOf(
    encodeStruct(ResponsePacket, {
      iVersion: versions.tars,
      iRequestId: 0,
      sBuffer: push.body ?? NO_BYTES,
      status: push.func === undefined ? NO_STATUS : new Map([['TARS_FUNC', push.func]]),
      sResultDesc: push.description ?? '',
    }),
  );
}

function plainReply(request: RequestPacket, outcome: Outcome): Uint8Array {
  return encodeStruct(ResponsePacket, {
    iVersion: request.iVersion,
    cPacketType: NORMAL_PACKET,
    iRequestId: request.iRequestId,
    iMessageType: request.iMessageType,
    iRet: outcome.iRet,
    sBuffer: outcome.body,
    status: NO_STATUS,
    sResultDesc: outcome.description,
    context: request.context,
  });
}

function tupReply(request: RequestPacket, outcome: Outcome): Uint8Array {
  return encodeStruct(RequestPacket, {
    iVersion: request.iVersion,
    cPacketType: NORMAL_PACKET,
    iMessageType: request.iMessageType,
    iRequestId: request.iRequestId,
    sServantName: request.sServantName,
    sFuncName: request.sFuncName,
    sBuffer: outcome.body.length === 0 ? NO_PARAMETERS : outcome.body,
    iTimeout: 0,
    context: request.context,
    status: new Map([
      ['STATUS_RESULT_CODE', String(outcome.iRet)],
      ['STATUS_RESULT_DESC', outcome.description],
    ]),
  });
}
