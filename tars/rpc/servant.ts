/** The functions behind a servant name: an interface and a handler for each of its functions. */

import type { ArgumentsOf, ResultInput, TarsFunction, TarsInterface } from '../codec/interface.ts';
import type { TarsConnection } from './tars-connection.ts';

/** What a handler may know about the call besides its arguments. */
export interface ServantCall {
  readonly servant: string;
  readonly func: string;
  readonly context: ReadonlyMap<string, string>;
  readonly status: ReadonlyMap<string, string>;
  readonly peerAddress: string;
  /** 1 TARS, 2 and 3 TUP, 5 JSON. */
  readonly version: number;
  /** The result is thrown away. */
  readonly oneWay: boolean;
  /** What the caller waits; 0 is no deadline. */
  readonly timeoutMs: number;
  readonly requestId: number;
  readonly connection: TarsConnection;
}

/** A result that is encoded already, as version 1 has it in `sBuffer`; the other versions are made from it. */
export interface EncodedResult {
  readonly encoded: Uint8Array;
}

type Result<F extends TarsFunction> = ResultInput<F> | EncodedResult;

/** A handler that can answer at once returns no promise, which is several times cheaper. */
export type Handlers<I extends TarsInterface> = {
  readonly [Name in keyof I['functions']]: (
    values: ArgumentsOf<I['functions'][Name]>,
    call: ServantCall,
  ) => Result<I['functions'][Name]> | Promise<Result<I['functions'][Name]>>;
};

export interface ServantFunction {
  readonly definition: TarsFunction;
  readonly handle: (values: unknown, call: ServantCall) => unknown;
}

export interface Servant {
  readonly functions: ReadonlyMap<string, ServantFunction>;
}

/** By full name, `App.Server.Obj`; `AdminObj` has no prefix. */
export type ServantTable = ReadonlyMap<string, Servant>;

export function servant<I extends TarsInterface>(
  definition: I,
  handlers: Handlers<NoInfer<I>>,
): Servant {
  const entries = Object.entries(definition.functions).map(([name, declared]) => {
    // The types of the one handler fit the one function; a table of all has to forget them.
    const handle = handlers[name]?.bind(handlers) as ServantFunction['handle'];
    return [name, { definition: declared, handle }] as const;
  });
  return { functions: new Map(entries) };
}
