/** One address of an object, as the locator answers it (tars-contract §2.1). */

import { optional, required, struct, t, type ValueOf } from '../codec/types.ts';

export const EndpointF = struct('EndpointF', {
  host: required(0, t.string),
  port: required(1, t.int32),
  /** Milliseconds. */
  timeout: required(2, t.int32),
  /** 0 udp, 1 tcp, 2 ssl. */
  istcp: required(3, t.int32),
  grid: required(4, t.int32),
  /** -1: grouping is off for the server. */
  groupworkid: optional(5, t.int32),
  grouprealid: optional(6, t.int32),
  /** `name.area.group`, or empty. */
  setId: optional(7, t.string),
  qos: optional(8, t.int32),
  bakFlag: optional(9, t.int32),
  weight: optional(11, t.int32),
  /** 0 loop, 1 static. */
  weightType: optional(12, t.int32),
  /** 0 none, 1 local keys. */
  authType: optional(13, t.int32),
  nodeName: optional(14, t.string),
});
export type EndpointF = ValueOf<typeof EndpointF>;
