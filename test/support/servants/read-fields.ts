/** Reads the fields of a packet without our codec, by tag: numbers, texts, bytes, lists, maps, structs. */

export type Value =
  | number
  | bigint
  | string
  | Buffer
  | readonly Value[]
  | ReadonlyMap<Value, Value>
  | Fields;
export interface Fields {
  readonly [tag: number]: Value;
}

class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  head(): { tag: number; type: number } {
    const byte = this.#bytes.readUInt8(this.#at);
    this.#at += 1;
    if (byte >> 4 < 15) return { tag: byte >> 4, type: byte & 15 };
    const tag = this.#bytes.readUInt8(this.#at);
    this.#at += 1;
    return { tag, type: byte & 15 };
  }

  value(type: number): Value {
    switch (type) {
      case 0:
        return this.#take(1).readInt8();
      case 1:
        return this.#take(2).readInt16BE();
      case 2:
        return this.#take(4).readInt32BE();
      case 3:
        return this.#take(8).readBigInt64BE();
      case 6:
        return this.#take(this.#take(1).readUInt8()).toString();
      case 7:
        return this.#take(this.#take(4).readUInt32BE()).toString();
      case 8: {
        const size = this.#size();
        const entries = Array.from({ length: size }, () => [this.#next(), this.#next()] as const);
        return new Map(entries);
      }
      case 9:
        return Array.from({ length: this.#size() }, () => this.#next());
      case 10:
        return this.fields();
      case 12:
        return 0;
      case 13:
        this.head();
        return this.#take(this.#size());
      default:
        throw new Error(`type ${type}`);
    }
  }

  fields(): Fields {
    const fields: Record<number, Value> = {};
    while (!this.isAtEnd) {
      const { tag, type } = this.head();
      if (type === 11) break;
      fields[tag] = this.value(type);
    }
    return fields;
  }

  #next(): Value {
    return this.value(this.head().type);
  }

  #size(): number {
    return Number(this.#next());
  }

  #take(length: number): Buffer {
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    if (taken.length < length) throw new Error('the bytes end too early');
    this.#at += length;
    return taken;
  }
}

export function readFields(bytes: Uint8Array): Fields {
  return new Cursor(Buffer.from(bytes)).fields();
}
