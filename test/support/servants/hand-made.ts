/** Packets written byte by byte from the description of the protocol, without our codec. */

/** One field: its head and its payload. */
export type Field = Buffer;

function head(tag: number, type: number): Buffer {
  return tag < 15 ? Buffer.from([(tag << 4) | type]) : Buffer.from([0xf0 | type, tag]);
}

/** In the fewest bytes that hold it, as every writer does. */
export function int(tag: number, value: number): Field {
  if (value === 0) return head(tag, 12);
  const payload = Buffer.alloc(4);
  payload.writeInt32BE(value);
  if (value >= -0x80 && value < 0x80) return Buffer.concat([head(tag, 0), payload.subarray(3)]);
  if (value >= -0x8000 && value < 0x8000) {
    return Buffer.concat([head(tag, 1), payload.subarray(2)]);
  }
  return Buffer.concat([head(tag, 2), payload]);
}

export function long(tag: number, value: bigint): Field {
  const payload = Buffer.alloc(8);
  payload.writeBigInt64BE(value);
  return Buffer.concat([head(tag, 3), payload]);
}

export function text(tag: number, value: string): Field {
  const payload = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(payload.length);
  return Buffer.concat([head(tag, 7), length, payload]);
}

export function bytes(tag: number, value: Uint8Array): Field {
  return Buffer.concat([head(tag, 13), Buffer.from([0]), int(0, value.length), value]);
}

export function list(tag: number, items: readonly Field[]): Field {
  return Buffer.concat([head(tag, 9), int(0, items.length), ...items]);
}

/** Keys have tag 0, values tag 1. */
export function map(tag: number, entries: readonly (readonly [Field, Field])[]): Field {
  return Buffer.concat([head(tag, 8), int(0, entries.length), ...entries.flat()]);
}

export function textMap(tag: number, entries: Readonly<Record<string, string>>): Field {
  return map(
    tag,
    Object.entries(entries).map(([key, value]) => [text(0, key), text(1, value)] as const),
  );
}

export function struct(tag: number, fields: readonly Field[]): Field {
  return Buffer.concat([head(tag, 10), ...fields, Buffer.from([0x0b])]);
}

export interface HandMadeRequest {
  readonly servant: string;
  readonly func: string;
  /** `sBuffer`. */
  readonly body: Uint8Array;
  readonly version?: number;
  readonly oneWay?: boolean;
  readonly requestId?: number;
  readonly timeoutMs?: number;
  readonly context?: Readonly<Record<string, string>>;
}

/** The frame of a request. */
export function request(parts: HandMadeRequest): Buffer {
  return framed([
    int(1, parts.version ?? 1),
    int(2, parts.oneWay === true ? 1 : 0),
    int(3, 0),
    int(4, parts.requestId ?? 1),
    text(5, parts.servant),
    text(6, parts.func),
    bytes(7, parts.body),
    int(8, parts.timeoutMs ?? 3000),
    textMap(9, parts.context ?? {}),
    textMap(10, {}),
  ]);
}

function framed(fields: readonly Field[]): Buffer {
  const packet = Buffer.concat(fields);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(packet.length + 4);
  return Buffer.concat([length, packet]);
}

/** Parameters by name, each one a field with tag 0: `sBuffer` of TUP version 3. */
export function tupBody(parameters: Readonly<Record<string, Field>>): Buffer {
  return map(
    0,
    Object.entries(parameters).map(([name, field]) => [text(0, name), bytes(1, field)] as const),
  );
}
