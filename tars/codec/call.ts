/** Parameters and results of a call in each version of the protocol (tars-contract §1.6). */

import { decodeStruct } from './decode.ts';
import { encodeStruct } from './encode.ts';
import type {
  ArgumentsInput,
  ArgumentsOf,
  ResultInput,
  ResultOf,
  TarsFunction,
} from './interface.ts';
import { decodeJson } from './json-decode.ts';
import { encodeJson } from './json-encode.ts';
import { decodeTup, encodeTup } from './tup.ts';
import type { StructType } from './types.ts';

/** 1 TARS, 2 TUP with type names, 3 TUP, 5 JSON; `iVersion` of the packet. */
export type ParameterVersion = 1 | 2 | 3 | 5;

export function isParameterVersion(version: number): version is ParameterVersion {
  return version === 1 || version === 2 || version === 3 || version === 5;
}

/** `sBuffer` of a request. Throws `TARS_ENCODE` alone. */
export function encodeArguments<F extends TarsFunction>(
  definition: F,
  version: ParameterVersion,
  values: ArgumentsInput<F>,
): Uint8Array {
  return encode(definition.argumentsType, version, values);
}

/**
 * Reads `sBuffer` of a request; out parameters that the caller wrote are passed over. Absent lists,
 * maps and bytes are empty; other absent parameters are an error. Throws `TARS_DECODE` alone.
 */
export function decodeArguments<F extends TarsFunction>(
  definition: F,
  version: ParameterVersion,
  bytes: Uint8Array,
): ArgumentsOf<F> {
  return decode(definition.argumentsType, version, bytes) as ArgumentsOf<F>;
}

/** `sBuffer` of a reply. Throws `TARS_ENCODE` alone. */
export function encodeResult<F extends TarsFunction>(
  definition: F,
  version: ParameterVersion,
  result: ResultInput<F>,
): Uint8Array {
  return encode(definition.resultType, version, result);
}

/** Reads `sBuffer` of a reply, as `decodeArguments` does. Throws `TARS_DECODE` alone. */
export function decodeResult<F extends TarsFunction>(
  definition: F,
  version: ParameterVersion,
  bytes: Uint8Array,
): ResultOf<F> {
  return decode(definition.resultType, version, bytes) as ResultOf<F>;
}

function encode(type: StructType, version: ParameterVersion, values: unknown): Uint8Array {
  if (version === 1) return encodeStruct(type, values);
  if (version === 5) return encodeJson(type.node, values);
  return encodeTup(type.node, version, values);
}

function decode(type: StructType, version: ParameterVersion, bytes: Uint8Array): unknown {
  if (version === 1) return decodeStruct(type, bytes);
  if (version === 5) return decodeJson(type.node, bytes);
  return decodeTup(type.node, version, bytes);
}
