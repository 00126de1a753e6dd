/**
 * Looks through MessagePack bytes before they are decoded: only plain data, no claim that the
 * bytes do not keep, bounded depth. What it lets through decodes in time and memory that follow
 * the size of the frame.
 */

export const frameBytesMax = 16 * 1024 * 1024;
const depthMax = 16;
/** Each value costs memory far beyond its one byte on the wire. */
const valuesMax = 2_000_000;

interface Cursor {
  readonly view: DataView;
  at: number;
  values: number;
}

/** What is wrong with the frame, or `undefined`. */
export function checkFrame(bytes: Uint8Array): string | undefined {
  if (bytes.byteLength === 0) return 'the frame is empty';
  if (bytes.byteLength > frameBytesMax) return `the frame is larger than ${frameBytesMax} bytes`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cursor: Cursor = { view, at: 0, values: 0 };
  const fault = skipValue(cursor, 0);
  if (fault !== undefined) return fault;
  return cursor.at === bytes.byteLength ? undefined : 'the frame goes on behind its value';
}

const cutShort = 'the frame ends in the middle of a value';

function skipBytes(cursor: Cursor, size: number): string | undefined {
  cursor.at += size;
  return cursor.at > cursor.view.byteLength ? cutShort : undefined;
}

/** Reads a length of 1, 2 or 4 bytes; `undefined` when the frame ends before it. */
function readLength(cursor: Cursor, width: 1 | 2 | 4): number | undefined {
  const { view, at } = cursor;
  if (at + width > view.byteLength) return undefined;
  cursor.at += width;
  if (width === 1) return view.getUint8(at);
  return width === 2 ? view.getUint16(at) : view.getUint32(at);
}

function skipMany(cursor: Cursor, values: number | undefined, depth: number): string | undefined {
  if (values === undefined || values > cursor.view.byteLength - cursor.at) return cutShort;
  if (depth >= depthMax) return `the frame is nested deeper than ${depthMax}`;
  for (let index = 0; index < values; index += 1) {
    const fault = skipValue(cursor, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function skipText(cursor: Cursor, width: 1 | 2 | 4): string | undefined {
  const size = readLength(cursor, width);
  return size === undefined ? cutShort : skipBytes(cursor, size);
}

function doubled(length: number | undefined): number | undefined {
  return length === undefined ? undefined : length * 2;
}

/** Bytes behind the token of numbers: float 32/64, unsigned and signed 8 to 64. */
const numberBytes = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8] as const;

function skipValue(cursor: Cursor, depth: number): string | undefined {
  const token = readLength(cursor, 1);
  if (token === undefined) return cutShort;
  cursor.values += 1;
  if (cursor.values > valuesMax) return `the frame holds more than ${valuesMax} values`;
  if (token <= 0x7f || token >= 0xe0) return undefined;
  if (token <= 0x8f) return skipMany(cursor, (token & 0x0f) * 2, depth);
  if (token <= 0x9f) return skipMany(cursor, token & 0x0f, depth);
  if (token <= 0xbf) return skipBytes(cursor, token & 0x1f);
  return skipWideValue(cursor, token, depth);
}

function skipWideValue(cursor: Cursor, token: number, depth: number): string | undefined {
  const size = numberBytes[token - 0xca];
  if (token >= 0xca && size !== undefined) return skipBytes(cursor, size);
  switch (token) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return undefined;
    case 0xd9:
      return skipText(cursor, 1);
    case 0xda:
      return skipText(cursor, 2);
    case 0xdb:
      return skipText(cursor, 4);
    case 0xdc:
      return skipMany(cursor, readLength(cursor, 2), depth);
    case 0xdd:
      return skipMany(cursor, readLength(cursor, 4), depth);
    case 0xde:
      return skipMany(cursor, doubled(readLength(cursor, 2)), depth);
    case 0xdf:
      return skipMany(cursor, doubled(readLength(cursor, 4)), depth);
    default:
      return `the frame holds a value of a kind that is not used here (0x${token.toString(16)})`;
  }
}
