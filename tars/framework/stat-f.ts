/** Statistics of calls between services (tars-contract §2.7). */

import { defineInterface, param } from '../codec/interface.ts';
import { optional, required, struct, t, type ValueOf } from '../codec/types.ts';

export const StatMicMsgHead = struct('StatMicMsgHead', {
  masterName: required(0, t.string),
  slaveName: required(1, t.string),
  interfaceName: required(2, t.string),
  masterIp: required(3, t.string),
  slaveIp: required(4, t.string),
  slavePort: required(5, t.int32),
  returnValue: required(6, t.int32),
  slaveSetName: optional(7, t.string),
  slaveSetArea: optional(8, t.string),
  slaveSetID: optional(9, t.string),
  tarsVersion: optional(10, t.string),
});
export type StatMicMsgHead = ValueOf<typeof StatMicMsgHead>;

/** Times are milliseconds. */
export const StatMicMsgBody = struct('StatMicMsgBody', {
  count: required(0, t.int32),
  timeoutCount: required(1, t.int32),
  execCount: required(2, t.int32),
  /** Upper bound of the response time to the number of calls under it. */
  intervalCount: required(3, t.map(t.int32, t.int32)),
  totalRspTime: required(4, t.int64),
  maxRspTime: required(5, t.int32),
  minRspTime: required(6, t.int32),
});
export type StatMicMsgBody = ValueOf<typeof StatMicMsgBody>;

const StatSampleMsg = struct('StatSampleMsg', {
  unid: required(0, t.string),
  masterName: required(1, t.string),
  slaveName: required(2, t.string),
  interfaceName: required(3, t.string),
  masterIp: required(4, t.string),
  slaveIp: required(5, t.string),
  depth: required(6, t.int32),
  width: required(7, t.int32),
  parentWidth: required(8, t.int32),
});
export type StatSampleMsg = ValueOf<typeof StatSampleMsg>;

export const StatF = defineInterface('StatF', {
  reportMicMsg: {
    in: { msg: param(1, t.map(StatMicMsgHead, StatMicMsgBody)), bFromClient: param(2, t.bool) },
    out: {},
    returns: t.int32,
  },
  reportSampleMsg: { in: { msg: param(1, t.list(StatSampleMsg)) }, out: {}, returns: t.int32 },
});
