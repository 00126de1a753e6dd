/** The heartbeat of services to the agent next to them (tars-contract §2.3). */

import { defineInterface, param } from '../codec/interface.ts';
import { optional, required, struct, t, type ValueOf } from '../codec/types.ts';

export const ServerInfo = struct('ServerInfo', {
  application: required(0, t.string),
  serverName: required(1, t.string),
  pid: required(2, t.int32),
  /** Empty stands for every adapter of the server. */
  adapter: optional(3, t.string),
});
export type ServerInfo = ValueOf<typeof ServerInfo>;

const beat = { in: { serverInfo: param(1, ServerInfo) }, out: {}, returns: t.int32 } as const;

export const ServerF = defineInterface('ServerF', {
  keepAlive: beat,
  keepActiving: beat,
  reportVersion: {
    in: { app: param(1, t.string), serverName: param(2, t.string), version: param(3, t.string) },
    out: {},
    returns: t.int32,
  },
  /** Unix seconds. */
  getLatestKeepAliveTime: { in: {}, out: {}, returns: t.uint32 },
});
