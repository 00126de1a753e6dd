/** Writes `objects` messages from objects that were encoded once for everybody who wants them. */

import type { LookupObject } from '../../registry/lookup/lookup-model.ts';
import type { Objects } from './messages.ts';
import { packr } from './wire.ts';

/** A copy of its own size: it may be kept. */
export function encodeObject(object: LookupObject): Uint8Array {
  return new Uint8Array(packr.pack(object));
}

/** The same bytes that `encodeMessage` makes sense of; `upsert` holds results of `encodeObject`. */
export function encodeObjects(
  head: Omit<Objects, 'upsert'>,
  upsert: readonly Uint8Array[],
): Uint8Array {
  const fields = Object.entries(head).filter(([, value]) => value !== undefined);
  const pieces = [
    // A map of fewer than 16 fields.
    Uint8Array.of(0x80 + fields.length + 1),
    ...fields.flatMap(([name, value]) => [packr.pack(name), packr.pack(value)]),
    packr.pack('upsert'),
    listHeader(upsert.length),
    ...upsert,
  ];
  const message = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    message.set(piece, at);
    at += piece.byteLength;
  }
  return message;
}

function listHeader(count: number): Uint8Array {
  const header = new Uint8Array(5);
  header[0] = 0xdd;
  new DataView(header.buffer).setUint32(1, count);
  return header;
}
