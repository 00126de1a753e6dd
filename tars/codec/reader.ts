/** Walks over bytes that nobody vouches for: every read is checked against what is left. */

import { TarsDecodeError } from './codec-errors.ts';
import { readLimits, wideTag, wire } from './wire.ts';

/** Stands for "until its end" on the stack of open values. */
const untilEnd = Number.POSITIVE_INFINITY;

export class Reader {
  /** What is being read, for messages. */
  label = '';
  readonly bytes: Uint8Array;
  position = 0;
  private readonly end: number;
  private depth = 0;
  private items = 0;
  /** Wire type of the field that `seek` has found. */
  type = 0;

  constructor(bytes: Uint8Array) {
    // A Buffer would make views that are Buffers again, and slower ones.
    this.bytes =
      bytes.constructor === Uint8Array
        ? bytes
        : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = bytes.length;
  }

  fault(problem: string): never {
    throw new TarsDecodeError(
      `Cannot read ${this.label} at byte ${this.position} of ${this.end}: ${problem}. See that both sides use the same interface file.`,
    );
  }

  mismatch(expected: string, type: number): never {
    return this.fault(`type ${type} is no ${expected}`);
  }

  /** Refuses when fewer than `count` bytes are left. */
  need(count: number): void {
    if (count > this.end - this.position) this.fault(`${count} more bytes should follow`);
  }

  /**
   * Goes on to the field with this tag, past smaller ones, and behind its head. `false`: there is
   * none before a larger tag, the end of the struct or the end of the bytes.
   */
  seek(tag: number): boolean {
    const { bytes, end } = this;
    while (this.position < end) {
      const head = bytes[this.position] as number;
      const type = head & 0x0f;
      let found = head >> 4;
      let headBytes = 1;
      if (found === wideTag) {
        this.need(2);
        found = bytes[this.position + 1] as number;
        headBytes = 2;
      }
      if (type === wire.structEnd || found > tag) return false;
      this.position += headBytes;
      if (found === tag) {
        this.type = type;
        return true;
      }
      this.skip(type);
    }
    return false;
  }

  /** Past the rest of the fields of a struct, and its end. */
  finishStruct(): void {
    for (;;) {
      const type = this.nextHead();
      if (type === wire.structEnd) return;
      this.skip(type);
    }
  }

  enter(): void {
    this.depth += 1;
    if (this.depth > readLimits.depthMax) this.tooDeep();
  }

  leave(): void {
    this.depth -= 1;
  }

  private tooDeep(): never {
    return this.fault(`it is nested deeper than ${readLimits.depthMax}`);
  }

  /** The size of a list or map whose items take at least `itemBytesMin` each. */
  count(itemBytesMin: number): number {
    const size = this.length();
    if (size * itemBytesMin > this.end - this.position) {
      this.fault(`${size} items cannot be in the ${this.end - this.position} bytes left`);
    }
    this.items += size;
    if (this.items > readLimits.itemsMax) {
      this.fault(`a packet with more than ${readLimits.itemsMax} items is not read`);
    }
    return size;
  }

  /** The length of a simple list, whose bytes are all there. */
  simpleListLength(): number {
    if (this.nextHead() !== wire.int8) this.fault('a simple list holds no bytes');
    const size = this.length();
    this.need(size);
    return size;
  }

  private length(): number {
    if (!this.seek(0)) this.fault('its size is missing');
    const size = this.int32(this.type);
    if (size < 0) this.fault(`its size is ${size}`);
    return size;
  }

  int8(type: number): number {
    if (type === wire.zero) return 0;
    if (type !== wire.int8) this.mismatch('int8', type);
    this.need(1);
    return ((this.bytes[this.position++] as number) << 24) >> 24;
  }

  int16(type: number): number {
    if (type !== wire.int16) return this.int8(type);
    this.need(2);
    const { bytes, position } = this;
    this.position = position + 2;
    return (((bytes[position] as number) << 24) >> 16) | (bytes[position + 1] as number);
  }

  int32(type: number): number {
    return type === wire.int32 ? this.word() : this.int16(type);
  }

  /** 32 bits as they stand. */
  word(): number {
    this.need(4);
    const { bytes, position } = this;
    this.position = position + 4;
    return (
      ((bytes[position] as number) << 24) |
      ((bytes[position + 1] as number) << 16) |
      ((bytes[position + 2] as number) << 8) |
      (bytes[position + 3] as number)
    );
  }

  /** The length of a string, whose bytes are all there. */
  stringLength(type: number): number {
    let size: number;
    if (type === wire.string1) {
      this.need(1);
      size = this.bytes[this.position++] as number;
    } else if (type === wire.string4) {
      size = this.word() >>> 0;
    } else {
      return this.mismatch('string', type);
    }
    this.need(size);
    return size;
  }

  private nextHead(): number {
    this.need(1);
    const head = this.bytes[this.position++] as number;
    if (head >> 4 === wideTag) {
      this.need(1);
      this.position += 1;
    }
    return head & 0x0f;
  }

  /** Past a value of any type. */
  private skip(type: number): void {
    const inside = this.skipOne(type);
    if (inside > 0) this.skipInside(inside);
  }

  /** Past so many values, and all that is in them; nesting costs no stack. */
  private skipInside(count: number): void {
    /** How many values each open list, map or struct still holds. */
    const open = [count];
    for (let last = 0; last >= 0; last = open.length - 1) {
      if (this.depth + open.length > readLimits.depthMax) this.tooDeep();
      const left = open[last] as number;
      if (left === 0) {
        open.pop();
        continue;
      }
      const type = this.nextHead();
      if (left === untilEnd && type === wire.structEnd) {
        open.pop();
        continue;
      }
      open[last] = left - 1;
      const inside = this.skipOne(type);
      if (inside > 0) open.push(inside);
    }
  }

  /** Past the head or the whole of one value; returns how many values inside it follow. */
  private skipOne(type: number): number {
    switch (type) {
      case wire.zero:
        return 0;
      case wire.int8:
        return this.pass(1);
      case wire.int16:
        return this.pass(2);
      case wire.int32:
      case wire.float:
        return this.pass(4);
      case wire.int64:
      case wire.double:
        return this.pass(8);
      case wire.string1:
      case wire.string4:
        return this.pass(this.stringLength(type));
      case wire.simpleList:
        return this.pass(this.simpleListLength());
      case wire.list:
        return this.count(1);
      case wire.map:
        return this.count(2) * 2;
      case wire.structBegin:
        return untilEnd;
      case wire.structEnd:
        return this.fault('a struct ends that did not begin');
      default:
        return this.mismatch('type of the wire format', type);
    }
  }

  private pass(count: number): 0 {
    this.need(count);
    this.position += count;
    return 0;
  }
}
