/** Remote logs (tars-contract §2.5). */

import { defineInterface, param } from '../codec/interface.ts';
import { optional, required, struct, t, type ValueOf } from '../codec/types.ts';

/** Go leaves out what equals its default, and two of the defaults are true. */
export const LogInfo = struct('LogInfo', {
  appname: required(0, t.string),
  servername: required(1, t.string),
  sFilename: required(2, t.string),
  /** As strftime, `%Y%m%d`. */
  sFormat: required(3, t.string),
  setdivision: optional(4, t.string),
  /** The file ends in `.log`. */
  bHasSufix: optional(5, t.bool, true),
  /** The file begins with `App.Server`. */
  bHasAppNamePrefix: optional(6, t.bool, true),
  bHasSquareBracket: optional(7, t.bool, false),
  sConcatStr: optional(8, t.string, '_'),
  sSepar: optional(9, t.string, '|'),
  /** `day`, `2hour`, `10minute`. */
  sLogType: optional(10, t.string, ''),
});
export type LogInfo = ValueOf<typeof LogInfo>;

export const LogF = defineInterface('LogF', {
  logger: {
    in: {
      app: param(1, t.string),
      server: param(2, t.string),
      file: param(3, t.string),
      format: param(4, t.string),
      buffer: param(5, t.list(t.string)),
    },
    out: {},
  },
  loggerbyInfo: { in: { info: param(1, LogInfo), buffer: param(2, t.list(t.string)) }, out: {} },
});
