/** `JSON.parse` with the limits of the binary reader, and without losing digits of integers. */

import { TarsDecodeError } from './codec-errors.ts';
import { readLimits } from './wire.ts';

/** `JSON.parse` tells the reviver the text of a number, which the types of the language leave out. */
type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;

const exactIntegers: Reviver = (_key, value, context) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && isInteger(context?.source)
    ? BigInt(context?.source ?? value)
    : value;

function isInteger(source: string | undefined): boolean {
  // The longest integer of 64 bits has 20 characters; longer ones stay what they were read as.
  return source !== undefined && source.length <= 20 && /^-?\d+$/.test(source);
}

/** Integers beyond 2^53 are read as bigint. Throws `TARS_DECODE` alone. */
export function parseBoundedJson(text: string): unknown {
  checkLimits(text);
  try {
    return JSON.parse(text, exactIntegers) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new TarsDecodeError(`Cannot read parameters: they are not JSON (${error.name}).`);
  }
}

/** Counts brackets and commas outside of strings before anything is built from them. */
function checkLimits(text: string): void {
  let depth = 0;
  let items = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) {
      at = stringEnd(text, at);
    } else if (unit === 0x5b || unit === 0x7b) {
      depth += 1;
      if (depth > readLimits.depthMax) {
        throw new TarsDecodeError(
          `Cannot read parameters: the JSON is nested deeper than ${readLimits.depthMax}.`,
        );
      }
    } else if (unit === 0x5d || unit === 0x7d) {
      depth -= 1;
    } else if (unit === 0x2c) {
      items += 1;
    }
  }
  if (items > readLimits.itemsMax) {
    throw new TarsDecodeError(
      `Cannot read parameters: JSON with more than ${readLimits.itemsMax} items is not read.`,
    );
  }
}

/** The place of the quote that closes the string opened at `start`, or of the last character. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== 0x22) {
    at += text.charCodeAt(at) === 0x5c ? 2 : 1;
  }
  return at;
}
