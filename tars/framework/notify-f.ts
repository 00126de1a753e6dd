/** Events and alarms that services report (tars-contract §2.6). */

import { defineInterface, param } from '../codec/interface.ts';
import { optional, required, struct, t, type ValueOf } from '../codec/types.ts';

export const ReportInfo = struct('ReportInfo', {
  /** 0 report of the framework, 1 notification by the service. */
  eType: required(1, t.int32),
  /** Java leaves it empty, and puts `App.Server` into `sServer`. */
  sApp: required(2, t.string),
  sSet: required(3, t.string),
  sContainer: required(4, t.string),
  sServer: required(5, t.string),
  sMessage: required(6, t.string),
  sThreadId: optional(7, t.string),
  /** 0 normal, 1 warning, 2 error. */
  eLevel: optional(8, t.int32),
  sNodeName: optional(9, t.string),
});
export type ReportInfo = ValueOf<typeof ReportInfo>;

/** The first two are older, and all that Java up to 1.7.3 calls. */
export const NotifyF = defineInterface('NotifyF', {
  /** `sServerName`: `App.Server`. */
  reportServer: {
    in: {
      sServerName: param(1, t.string),
      sThreadId: param(2, t.string),
      sMessage: param(3, t.string),
    },
    out: {},
  },
  notifyServer: {
    in: {
      sServerName: param(1, t.string),
      level: param(2, t.int32),
      sMessage: param(3, t.string),
    },
    out: {},
  },
  reportNotifyInfo: { in: { info: param(1, ReportInfo) }, out: {} },
});
