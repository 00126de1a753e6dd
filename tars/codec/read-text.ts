/** Strings from bytes: short ASCII without a call into the decoder, which is most of TARS. */

import type { Reader } from './reader.ts';

/** From here on the native decoder is faster than the loop. */
const loopBytesMax = 32;

/** Bytes that are not UTF-8 become U+FFFD: C++ services put raw bytes into strings. */
const textDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** An array for each length, so that `fromCharCode` is called with exactly its elements. */
const units = Array.from({ length: loopBytesMax + 1 }, (_, length) =>
  Array.from({ length }, () => 0),
);

export function readString(reader: Reader, type: number): string {
  const length = reader.stringLength(type);
  const start = reader.position;
  const { bytes } = reader;
  reader.position = start + length;
  if (length <= loopBytesMax) {
    const codes = units[length] as number[];
    let at = 0;
    for (; at < length; at += 1) {
      const byte = bytes[start + at] as number;
      if (byte > 127) break;
      codes[at] = byte;
    }
    if (at === length) return String.fromCharCode.apply(null, codes);
  }
  return textDecoder.decode(bytes.subarray(start, start + length));
}
