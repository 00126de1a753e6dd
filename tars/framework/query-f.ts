/** The locator (tars-contract §2.2): who asks for an object by name gets its endpoints. */

import { defineInterface, param } from '../codec/interface.ts';
import { optional, struct, t, type ValueOf } from '../codec/types.ts';
import { EndpointF } from './endpoint-f.ts';

const endpoints = t.list(EndpointF);

const GetMasterSlaveLock = struct('GetMasterSlaveLock', {
  application: optional(0, t.string),
  server_name: optional(1, t.string),
  node_name: optional(2, t.string),
  isMaster: optional(3, t.bool),
  lastErr: optional(4, t.bool),
  /** Milliseconds. */
  timeout: optional(5, t.int32),
  /** 0 none, 1 switch, 2 switch but keep routing. */
  bakType: optional(6, t.int32),
});
export type GetMasterSlaveLock = ValueOf<typeof GetMasterSlaveLock>;

const byId = {
  in: { id: param(1, t.string) },
  out: { activeEp: param(2, endpoints), inactiveEp: param(3, endpoints) },
  returns: t.int32,
} as const;

export const QueryF = defineInterface('QueryF', {
  findObjectById: { in: { id: param(1, t.string) }, out: {}, returns: endpoints },
  findObjectById4Any: byId,
  findObjectById4All: byId,
  findObjectByIdInSameGroup: byId,
  findObjectByIdInSameStation: {
    in: { id: param(1, t.string), sStation: param(2, t.string) },
    out: { activeEp: param(3, endpoints), inactiveEp: param(4, endpoints) },
    returns: t.int32,
  },
  findObjectByIdInSameSet: {
    in: { id: param(1, t.string), setId: param(2, t.string) },
    out: { activeEp: param(3, endpoints), inactiveEp: param(4, endpoints) },
    returns: t.int32,
  },
  findObjectNodeName: {
    in: { id: param(1, t.string) },
    out: { nodeName: param(2, t.list(t.string)) },
    returns: t.int32,
  },
  registerChange: {
    in: { timestamp: param(1, t.map(t.string, t.string)), name: param(2, t.string) },
    out: {},
    returns: t.int32,
  },
  registerQuery: {
    in: { id: param(1, t.string), name: param(2, t.string) },
    out: {},
    returns: t.int32,
  },
  getLocker: { in: { req: param(1, GetMasterSlaveLock) }, out: {}, returns: t.int32 },
});
