/** What a lookup by name knows of an object, and what it answers. */

import type { InstanceId } from '../../spec/desired-state.ts';

/** One address at which one instance offers the object. */
export interface LookupEndpoint {
  readonly instance: InstanceId;
  readonly node: string;
  readonly host: string;
  /** 0: not known now. Such an endpoint is in no list, but its set is a set of the object. */
  readonly port: number;
  /** As after `-t`: how long a request may wait in the server's queue. */
  readonly timeoutMs: number;
  readonly transport: 'tcp' | 'udp' | 'ssl';
  /** 0 to 100: the share of the calls, compared with the other endpoints. */
  readonly weight: number;
  /** Callers must prove that they know the servant's key. */
  readonly authenticated: boolean;
  /** `name.area.group`. */
  readonly set?: string;
  /** Callers of the same IDC group come first. */
  readonly grouped: boolean;
  /** Name of the IDC group that it counts as, whatever its address. */
  readonly group?: string;
  readonly active: boolean;
}

/** `App.Server.Obj` with all its endpoints, sorted by host, port and instance. */
export interface LookupObject {
  readonly name: string;
  readonly endpoints: readonly LookupEndpoint[];
}

/** An endpoint as a caller sees it; ids of IDC groups, -1 for none. */
export interface AnsweredEndpoint extends LookupEndpoint {
  /** Decides who is called: -1 unless the service is grouped. */
  readonly groupWorkId: number;
  /** Where it is. */
  readonly groupRealId: number;
  /** The endpoints of the object differ in weight, so that callers must look at it. */
  readonly weighted: boolean;
}

export interface LookupAnswer {
  /** -1: the set or the station is not there; both lists are empty then. */
  readonly ret: 0 | -1;
  /** Both sorted by host and port: consistent hashing needs the same order everywhere. */
  readonly active: readonly AnsweredEndpoint[];
  readonly inactive: readonly AnsweredEndpoint[];
}
