/**
 * What services report, as JSON in the `body` of a collected entry. This is the only place that says
 * what the bodies look like: agents write them, collectors read them. Every text is bounded, numbers
 * are whole and never beyond 2^53, and a long report is several entries.
 */

/** Kind `notify`: something that a service, or its library, wants people to know. */
export interface NotifyBody {
  /** `report`: the level is read from the text; `notify`: the caller set it. */
  readonly type: 'report' | 'notify';
  readonly app: string;
  readonly server: string;
  /** `name.area.group`, or empty. */
  readonly set: string;
  readonly node: string;
  readonly thread: string;
  readonly level: 'normal' | 'warn' | 'error' | 'alarm';
  readonly message: string;
}

/** Kind `log`: lines for one file, each as it is stored, with its line end. */
export interface LogBody {
  /** `App/[set/]Server/<file>`: relative, plain names. */
  readonly file: string;
  readonly lines: readonly string[];
}

/** Kind `stat`: calls between services, counted over the reporter's interval. */
export interface StatBody {
  /** True: the caller counted; false: the callee did. */
  readonly fromClient: boolean;
  readonly calls: readonly CallCount[];
}

export interface CallCount {
  /** `App.Server`, `stat_from_server` or `one_way_client`. */
  readonly caller: string;
  /** The caller's set, its three parts glued together, or empty. */
  readonly callerSet: string;
  /** Version of the caller's TARS library, or empty. */
  readonly callerVersion: string;
  /** A node or an address. */
  readonly callerHost: string;
  /** `App.Server`. */
  readonly callee: string;
  /** `name.area.group`, or empty. */
  readonly calleeSet: string;
  readonly calleeHost: string;
  readonly calleePort: number;
  readonly functionName: string;
  readonly returnValue: number;
  readonly successes: number;
  readonly timeouts: number;
  readonly exceptions: number;
  /** Pairs of an upper bound in ms, and the calls that took no longer than it and longer than the one before. */
  readonly intervals: readonly (readonly [boundMs: number, calls: number])[];
  readonly totalMs: number;
  readonly maxMs: number;
  readonly minMs: number;
}

/** Kind `property`: figures of a service, each with the rules by which figures of one moment are joined. */
export interface PropertyBody {
  readonly properties: readonly PropertyValue[];
}

export interface PropertyValue {
  /** `App.Server`. */
  readonly module: string;
  readonly name: string;
  /** The reporter's node or address. */
  readonly host: string;
  /** `name.area.group`, or empty. */
  readonly set: string;
  /** Of the property's meaning; 1 unless the reporter says otherwise. */
  readonly version: number;
  /** `Sum`, `Count`, `Max`, `Min`, `Distr`, `Avg`, … with the value as the reporter wrote it; may be empty. */
  readonly values: readonly { readonly policy: string; readonly value: string }[];
}
