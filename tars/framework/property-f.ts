/** Figures that services report about themselves (tars-contract §2.8). */

import { defineInterface, param } from '../codec/interface.ts';
import { optional, required, struct, t, type ValueOf } from '../codec/types.ts';

export const StatPropMsgHead = struct('StatPropMsgHead', {
  moduleName: required(0, t.string),
  ip: required(1, t.string),
  propertyName: required(2, t.string),
  setName: optional(3, t.string),
  setArea: optional(4, t.string),
  setID: optional(5, t.string),
  sContainer: optional(6, t.string),
  iPropertyVer: optional(7, t.int32, 1),
});
export type StatPropMsgHead = ValueOf<typeof StatPropMsgHead>;

const StatPropInfo = struct('StatPropInfo', {
  /** Sum, Avg, Distr, Count, Max or Min. */
  policy: required(0, t.string),
  value: required(1, t.string),
});
export type StatPropInfo = ValueOf<typeof StatPropInfo>;

export const StatPropMsgBody = struct('StatPropMsgBody', {
  /** Go may send it empty. */
  vInfo: required(0, t.list(StatPropInfo)),
});
export type StatPropMsgBody = ValueOf<typeof StatPropMsgBody>;

export const PropertyF = defineInterface('PropertyF', {
  reportPropMsg: {
    in: { statmsg: param(1, t.map(StatPropMsgHead, StatPropMsgBody)) },
    out: {},
    returns: t.int32,
  },
});
