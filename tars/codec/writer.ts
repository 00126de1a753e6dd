/** A growing buffer with the primitive writes of the wire format. */

import { TarsEncodeError } from './codec-errors.ts';
import { wideTag, wire } from './wire.ts';

const firstBytes = 8 * 1024;
/** A larger buffer is let go after its packet. */
const keptBytesMax = 1024 * 1024;
/** Small results share slabs: allocating costs more than encoding a small packet. */
const slabBytes = 8 * 1024;
const slabShareMax = 2 * 1024;
/** From here on the loop over characters costs more than the native encoder's call. */
const loopCharsMax = 24;
const directCharsMax = 4 * 1024;

const textEncoder = new TextEncoder();
const scratch = new DataView(new ArrayBuffer(8));
const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

let slab = new Uint8Array(slabBytes);
let slabUsed = 0;

export class Writer {
  /** What is being written, for messages. */
  label = '';
  private bytes = new Uint8Array(firstBytes);
  private position = 0;

  /** The bytes written since the last call, owned by the caller; the writer begins anew. */
  take(): Uint8Array {
    const length = this.position;
    const written = this.bytes.subarray(0, length);
    this.position = 0;
    if (this.bytes.length > keptBytesMax) this.bytes = new Uint8Array(firstBytes);
    if (length > slabShareMax) return written.slice();
    if (slabUsed + length > slabBytes) {
      slab = new Uint8Array(slabBytes);
      slabUsed = 0;
    }
    const taken = slab.subarray(slabUsed, slabUsed + length);
    taken.set(written);
    slabUsed += length;
    return taken;
  }

  /** Drops what an encoding that failed has left behind. */
  reset(): void {
    this.position = 0;
  }

  fault(expected: string, value: unknown): never {
    const found = typeof value === 'number' || typeof value === 'bigint' ? value : typeof value;
    throw new TarsEncodeError(
      `Cannot write ${this.label}: it must be ${expected}, but it is ${found}. Correct the caller, or widen the declared type.`,
    );
  }

  /** A head, with room for 8 more bytes behind it. */
  head(tag: number, type: number): void {
    if (this.position + 10 > this.bytes.length) this.grow(10);
    if (tag < wideTag) {
      this.bytes[this.position++] = (tag << 4) | type;
    } else {
      this.bytes[this.position++] = 0xf0 | type;
      this.bytes[this.position++] = tag;
    }
  }

  /** An integer of 32 bits, in the smallest form that holds it. */
  int32(tag: number, value: number): void {
    if (value === 0) {
      this.head(tag, wire.zero);
    } else if (value >= -128 && value <= 127) {
      this.head(tag, wire.int8);
      this.bytes[this.position++] = value;
    } else if (value >= -32_768 && value <= 32_767) {
      this.head(tag, wire.int16);
      this.bytes[this.position++] = value >> 8;
      this.bytes[this.position++] = value;
    } else {
      this.head(tag, wire.int32);
      this.word(value);
    }
  }

  /** An integer given by its upper and lower 32 bits. */
  private halves(tag: number, high: number, low: number): void {
    if (high === low >> 31) {
      this.int32(tag, low | 0);
    } else {
      this.head(tag, wire.int64);
      this.word(high);
      this.word(low);
    }
  }

  uint32(tag: number, value: number): void {
    this.halves(tag, 0, value | 0);
  }

  int64(tag: number, value: unknown): void {
    if (typeof value === 'bigint') {
      if (value < int64Min || value > int64Max) this.fault('an integer of 64 bits', value);
      scratch.setBigInt64(0, value);
      this.halves(tag, scratch.getInt32(0), scratch.getInt32(4));
    } else if (Number.isSafeInteger(value)) {
      const low = (value as number) | 0;
      this.halves(tag, Math.floor((value as number) / 2 ** 32) | 0, low);
    } else {
      this.fault('a bigint or a safe integer', value);
    }
  }

  float(tag: number, value: number): void {
    this.head(tag, wire.float);
    scratch.setFloat32(0, value);
    this.word(scratch.getInt32(0));
  }

  double(tag: number, value: number): void {
    this.head(tag, wire.double);
    scratch.setFloat64(0, value);
    this.word(scratch.getInt32(0));
    this.word(scratch.getInt32(4));
  }

  string(tag: number, value: unknown): void {
    if (typeof value !== 'string') this.fault('a string', value);
    const { length } = value;
    if (length > directCharsMax) {
      this.longString(tag, textEncoder.encode(value));
      return;
    }
    this.head(tag, wire.string1);
    const start = this.position + 1;
    if (start + 3 + length * 3 > this.bytes.length) this.grow(4 + length * 3);
    const { bytes } = this;
    if (length <= loopCharsMax) {
      let at = 0;
      for (; at < length; at += 1) {
        const unit = value.charCodeAt(at);
        if (unit > 127) break;
        bytes[start + at] = unit;
      }
      if (at === length) {
        bytes[start - 1] = length;
        this.position = start + length;
        return;
      }
    }
    const { written } = textEncoder.encodeInto(value, bytes.subarray(start));
    if (written <= 255) {
      bytes[start - 1] = written;
      this.position = start + written;
      return;
    }
    // The head is right in front of the length, whether the tag is wide or not: type 6 becomes 7.
    bytes.copyWithin(start + 3, start, start + written);
    this.position = start - 1;
    this.word(written);
    this.position += written;
    const headAt = start - (tag < wideTag ? 2 : 3);
    bytes[headAt] = (bytes[headAt] as number) + 1;
  }

  private longString(tag: number, encoded: Uint8Array): void {
    this.head(tag, wire.string4);
    this.word(encoded.length);
    this.raw(encoded);
  }

  bytesField(tag: number, value: unknown): void {
    if (!(value instanceof Uint8Array)) this.fault('a Uint8Array', value);
    this.head(tag, wire.simpleList);
    this.head(0, wire.int8);
    this.int32(0, value.length);
    this.raw(value);
  }

  private raw(value: Uint8Array): void {
    if (this.position + value.length > this.bytes.length) this.grow(value.length);
    this.bytes.set(value, this.position);
    this.position += value.length;
  }

  /** 32 bits; the room was made by `head`. */
  private word(value: number): void {
    const { bytes, position } = this;
    bytes[position] = value >>> 24;
    bytes[position + 1] = value >>> 16;
    bytes[position + 2] = value >>> 8;
    bytes[position + 3] = value;
    this.position = position + 4;
  }

  private grow(more: number): void {
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.position + more));
    larger.set(this.bytes.subarray(0, this.position));
    this.bytes = larger;
  }
}
