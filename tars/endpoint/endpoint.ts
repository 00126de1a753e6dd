/** One endpoint of a servant as TARS writes it: `tcp -h 10.0.0.1 -p 9000 -t 60000` (tars-contract §6.1). */

export type EndpointProtocol = 'tcp' | 'udp' | 'ssl';

export interface Endpoint {
  readonly protocol: EndpointProtocol;
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly grid: number;
  readonly qos: number;
  /** -1 when `weightType` is 0, else 0 to 100. */
  readonly weight: number;
  /** 0 round robin, 1 static, 2 dynamic. */
  readonly weightType: number;
  /** 0 none, 1 local keys. */
  readonly authType: number;
  /** Where a Go server listens when that is not `host`. */
  readonly bindHost: string;
  /** Set id, in the cache files of C++ and Java only. */
  readonly setId: string;
}

export const endpointDefaults = {
  timeoutMs: 3_000,
  grid: 0,
  qos: 0,
  weight: -1,
  weightType: 0,
  authType: 0,
  bindHost: '',
  setId: '',
} as const satisfies Partial<Endpoint>;

/** A value, or one sentence on what is wrong with the text. */
export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly fault: string };
