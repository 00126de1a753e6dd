/** The first request on a connection to an endpoint with `-e 1` (tars-contract §2.12). */

import { optional, required, struct, t, type ValueOf } from '../codec/types.ts';

export const BasicAuthPackage = struct('BasicAuthPackage', {
  sObjName: required(1, t.string),
  sAccessKey: required(2, t.string),
  /** Unix seconds. */
  iTime: required(3, t.int64),
  sHashMethod: optional(4, t.string, 'sha1'),
  sSignature: optional(5, t.string),
});
export type BasicAuthPackage = ValueOf<typeof BasicAuthPackage>;
