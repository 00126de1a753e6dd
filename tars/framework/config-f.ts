/** The configuration centre (tars-contract §2.4). */

import { defineInterface, param } from '../codec/interface.ts';
import { optional, required, struct, t, type ValueOf } from '../codec/types.ts';

export const ConfigInfo = struct('ConfigInfo', {
  appname: required(0, t.string),
  servername: required(1, t.string),
  filename: required(2, t.string),
  /** Required in the interface file, with a default all the same. */
  bAppOnly: optional(3, t.bool, false),
  host: optional(4, t.string),
  setdivision: optional(5, t.string),
});
export type ConfigInfo = ValueOf<typeof ConfigInfo>;

const GetConfigListInfo = struct('GetConfigListInfo', {
  appname: required(0, t.string),
  servername: optional(1, t.string),
  bAppOnly: optional(2, t.bool, false),
  host: optional(3, t.string),
  setdivision: optional(4, t.string),
  containername: optional(5, t.string),
});
export type GetConfigListInfo = ValueOf<typeof GetConfigListInfo>;

const byHost = {
  appServerName: param(1, t.string),
  filename: param(2, t.string),
  host: param(3, t.string),
} as const;
const byInfo = { configInfo: param(1, ConfigInfo) } as const;

export const ConfigF = defineInterface('ConfigF', {
  ListConfig: {
    in: { app: param(1, t.string), server: param(2, t.string) },
    out: { vf: param(3, t.list(t.string)) },
    returns: t.int32,
  },
  loadConfig: {
    in: { app: param(1, t.string), server: param(2, t.string), filename: param(3, t.string) },
    out: { config: param(4, t.string) },
    returns: t.int32,
  },
  loadConfigByHost: { in: byHost, out: { config: param(4, t.string) }, returns: t.int32 },
  checkConfig: { in: byHost, out: { result: param(4, t.string) }, returns: t.int32 },
  ListConfigByInfo: { in: byInfo, out: { vf: param(2, t.list(t.string)) }, returns: t.int32 },
  loadConfigByInfo: { in: byInfo, out: { config: param(2, t.string) }, returns: t.int32 },
  checkConfigByInfo: { in: byInfo, out: { result: param(2, t.string) }, returns: t.int32 },
  ListAllConfigByInfo: {
    in: { configInfo: param(1, GetConfigListInfo) },
    out: { vf: param(2, t.list(t.string)) },
    returns: t.int32,
  },
});
