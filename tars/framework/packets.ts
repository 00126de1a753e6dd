/** The packets of every call (tars-contract §1.3): a frame is a length and one of them. */

import { optional, required, struct, t, type ValueOf } from '../codec/types.ts';

const textMap = t.map(t.string, t.string);

/** Fields that some library leaves out are optional here, whatever the interface file says. */
export const RequestPacket = struct('RequestPacket', {
  iVersion: required(1, t.int16),
  cPacketType: optional(2, t.int8),
  iMessageType: optional(3, t.int32),
  iRequestId: required(4, t.int32),
  sServantName: required(5, t.string),
  sFuncName: required(6, t.string),
  sBuffer: optional(7, t.bytes),
  /** Milliseconds; 0 is no deadline. */
  iTimeout: optional(8, t.int32),
  context: optional(9, textMap),
  status: optional(10, textMap),
});
export type RequestPacket = ValueOf<typeof RequestPacket>;

/** Answers calls of versions 1 and 5; the TUP versions are answered by a `RequestPacket`. */
export const ResponsePacket = struct('ResponsePacket', {
  iVersion: required(1, t.int16),
  cPacketType: optional(2, t.int8),
  iRequestId: required(3, t.int32),
  iMessageType: optional(4, t.int32),
  iRet: optional(5, t.int32),
  sBuffer: optional(6, t.bytes),
  /** Always written, even empty: C++ refuses a reply without it. */
  status: optional(7, textMap),
  sResultDesc: optional(8, t.string),
  context: optional(9, textMap),
});
export type ResponsePacket = ValueOf<typeof ResponsePacket>;
