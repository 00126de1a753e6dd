/** All that the configuration file of a service is rendered from. */

import type { ServantSpec, TarsType } from '../../spec/desired-state.ts';

/** Where a service of this machine finds all framework objects. */
export interface ServantsAddress {
  readonly host: string;
  readonly port: number;
}

export interface CallerKey {
  /** `App.Server.Obj`. */
  readonly object: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

export interface ServiceConfigSource {
  /** `App.Server`. */
  readonly service: string;
  readonly type: TarsType;
  readonly node: string;
  /** By network; the first one is what services are reached at. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Absolute folders. */
  readonly basePath: string;
  readonly dataPath: string;
  readonly logPath: string;
  /** The program itself, for `${exe}`. */
  readonly exe: string;
  readonly stopTimeoutMs: number;
  readonly servants: readonly ServantSpec[];
  /** By servant name. */
  readonly ports: ReadonlyMap<string, number>;
  /** Port of the admin servant on the loopback. */
  readonly adminPort: number;
  /** `undefined`: this machine offers no framework objects, and the keys that name them are left out. */
  readonly servantsAddress: ServantsAddress | undefined;
  /** Opened secret keys, by servant name. */
  readonly servantKeys: ReadonlyMap<string, string>;
  readonly callerKeys: readonly CallerKey[];
  /** `name.area.group`. */
  readonly set: string | undefined;
  /** Merged framework template and private profile. */
  readonly template: string | undefined;
}
