/** Parser events → plain values, with limits, and without keys that are doubtful or written twice. */

import { EVENT_ID, getScalarValue, SCALAR_STYLE, type Event, type ScalarEvent } from 'js-yaml';
import { limits } from './limits.ts';
import type { Chunk } from './parse-stream.ts';
import { DoubtfulNumber, readPlainScalar } from './plain-scalar.ts';
import { faultsPerDocumentMax, type YamlFault } from './yaml-fault.ts';

export interface BuiltDocument {
  readonly index: number;
  readonly value: unknown;
  /** Offset in the file of the first key or value. */
  readonly start: number;
  readonly faults: readonly YamlFault[];
  /** Something was left out of `value`: more faults would follow from the first. */
  readonly incomplete: boolean;
}

/** One document, object or list that is being filled. */
interface Frame {
  readonly map: Record<string, unknown> | undefined;
  readonly list: unknown[] | undefined;
  /** The next node of an object is a key. */
  expectsKey: boolean;
  /** `undefined` while the value that follows has to be dropped. */
  key: string | undefined;
  count: number;
  /** Index of the event that opened it. */
  readonly openedBy: number;
}

type Wording = Pick<YamlFault, 'code' | 'message' | 'hint' | 'related'>;

const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);

const noKey: Wording = {
  code: 'SPEC_YAML_KEY',
  message: 'a key must be a string',
  hint: 'write `name: value`; a text that begins with `{`, `[` or `?` needs quotes',
};

/** Builds the documents of a chunk one after the other; used once. */
export class DocumentBuilder {
  readonly #chunk: Chunk;
  readonly #documents: BuiltDocument[] = [];
  readonly #frames: Frame[] = [];
  #frame: Frame;
  #index: number;
  #start = -1;
  #faults: YamlFault[] = [];
  #incomplete = false;
  /** Where the last key or value ended: an empty key stands nowhere. */
  #lastEnd = 0;

  constructor(chunk: Chunk) {
    this.#chunk = chunk;
    this.#index = chunk.firstDocument;
    this.#frame = listFrame(0);
  }

  build(): readonly BuiltDocument[] {
    const { events } = this.#chunk;
    for (let at = 0; at < events.length; at += 1) {
      const event = events[at] as Event;
      switch (event.type) {
        case EVENT_ID.SCALAR:
          this.#scalar(event);
          break;
        case EVENT_ID.MAPPING:
          this.#open(mapFrame(at), event.start);
          break;
        case EVENT_ID.SEQUENCE:
          this.#open(listFrame(at), event.start);
          break;
        case EVENT_ID.ALIAS:
          // Reported by checkEvents; here it only leaves a hole.
          this.#incomplete = true;
          this.#add(null, event.anchorStart - 1, event.anchorEnd);
          break;
        case EVENT_ID.DOCUMENT:
          this.#startDocument(at);
          break;
        case EVENT_ID.POP:
          if (this.#frames.length > 0) this.#close();
          else this.#endDocument();
          break;
      }
    }
    return this.#documents;
  }

  #startDocument(at: number): void {
    this.#frame = listFrame(at);
    this.#start = -1;
    this.#faults = [];
    this.#incomplete = false;
  }

  #endDocument(): void {
    this.#documents.push({
      index: this.#index,
      value: this.#frame.list?.[0],
      start: this.#chunk.base + Math.max(this.#start, 0),
      faults: this.#faults,
      incomplete: this.#incomplete,
    });
    this.#index += 1;
  }

  #open(frame: Frame, start: number): void {
    if (this.#start === -1) this.#start = start;
    const parent = this.#frame;
    if (parent.expectsKey) {
      this.#fault(noKey, start, start + 1);
      this.#incomplete = true;
    }
    this.#frames.push(parent);
    this.#frame = frame;
  }

  #close(): void {
    const { map, list, openedBy } = this.#frame;
    this.#frame = this.#frames.pop() as Frame;
    const opened = this.#chunk.events[openedBy];
    const start = opened !== undefined && 'start' in opened ? opened.start : 0;
    if (this.#frame.expectsKey) {
      this.#frame.expectsKey = false;
      this.#frame.key = undefined;
    } else this.#add(map ?? list, start, start + 1);
  }

  #scalar(event: ScalarEvent): void {
    const start = event.valueStart;
    if (this.#start === -1) this.#start = start;
    if (start !== -1 && event.valueEnd - start > limits.textLengthMax) {
      const length = limits.textLengthMax.toLocaleString('en');
      this.#fault(
        {
          code: 'SPEC_TEXT_TOO_LONG',
          message: `a text has more than ${length} characters`,
          hint: 'move it to a file, and name that in `file:`',
        },
        start,
        start + 1,
      );
      this.#incomplete = true;
    }
    const text = getScalarValue(this.#chunk.text, event);
    this.#checkCharacters(text, event);
    if (this.#frame.expectsKey) this.#key(text, event);
    else this.#add(this.#value(text, event), start, event.valueEnd);
    this.#lastEnd = Math.max(this.#lastEnd, event.valueEnd);
  }

  /** Escapes can write what no file, environment or digest can hold. */
  #checkCharacters(text: string, event: ScalarEvent): void {
    if (event.style !== SCALAR_STYLE.DOUBLE_QUOTED) return;
    const isHalf = !text.isWellFormed();
    if (!isHalf && !text.includes('\0')) return;
    const what = isHalf ? 'half a character (a lone surrogate)' : 'a NUL character';
    const wording = { code: 'SPEC_TEXT_CHARACTER', message: `a text holds ${what}` } as const;
    const hint = 'remove the escape; a character beyond `\\uffff` is written as `\\U0001f600`';
    this.#fault({ ...wording, hint }, event.valueStart, event.valueEnd);
  }

  #value(text: string, event: ScalarEvent): unknown {
    // A tag is a fault already; what it stands before is text, so that no second one follows.
    if (event.style !== SCALAR_STYLE.PLAIN || event.tagStart !== -1) return text;
    const value = readPlainScalar(text);
    if (!(value instanceof DoubtfulNumber)) return value;
    const { message, hint } = value;
    this.#fault({ code: 'SPEC_YAML_NUMBER', message, hint }, event.valueStart, event.valueEnd);
    return value.value;
  }

  #key(text: string, event: ScalarEvent): void {
    const frame = this.#frame;
    frame.expectsKey = false;
    frame.key = undefined;
    const wording = this.#refuseKey(text, event);
    if (wording === undefined) frame.key = text;
    else if (event.valueStart !== -1) this.#fault(wording, event.valueStart, event.valueEnd);
    else {
      const colon = Math.max(0, this.#chunk.text.indexOf(':', this.#lastEnd));
      this.#fault(wording, colon, colon + 1);
    }
  }

  #refuseKey(text: string, event: ScalarEvent): Wording | undefined {
    const map = this.#frame.map ?? {};
    if (event.style === SCALAR_STYLE.PLAIN && text === '<<') {
      this.#incomplete = true;
      return {
        code: 'SPEC_YAML_MERGE_KEY',
        message: 'merge keys (`<<`) are not allowed',
        hint: 'write the fields out',
      };
    }
    if (text === '') return noKey;
    if (forbiddenKeys.has(text)) {
      return {
        code: 'SPEC_FORBIDDEN_KEY',
        message: `\`${text}\` cannot be a key`,
        hint: 'use another name',
      };
    }
    // Asking the object first spares most keys the slower question.
    if (map[text] === undefined || !Object.hasOwn(map, text)) return undefined;
    const enough = this.#faults.length >= faultsPerDocumentMax;
    const first = enough ? undefined : this.#firstKey(text);
    return {
      code: 'SPEC_YAML_DUPLICATE_KEY',
      message: `the key \`${text}\` stands twice in this object`,
      hint: 'keep one of the two',
      ...(first === undefined ? {} : { related: { range: first, message: 'first here' } }),
    };
  }

  /** Where the object that is being filled has this key for the first time. */
  #firstKey(text: string): { start: number; end: number } | undefined {
    const { events, base } = this.#chunk;
    let depth = 0;
    let nodes = 0;
    for (let at = this.#frame.openedBy + 1; at < events.length; at += 1) {
      const event = events[at];
      if (event === undefined) return undefined;
      if (event.type === EVENT_ID.POP) {
        depth -= 1;
        if (depth === 0) nodes += 1;
      } else if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) depth += 1;
      else if (depth === 0) {
        const isKey = nodes % 2 === 0;
        nodes += 1;
        if (!isKey || event.type !== EVENT_ID.SCALAR) continue;
        if (getScalarValue(this.#chunk.text, event) !== text) continue;
        return { start: base + event.valueStart, end: base + event.valueEnd };
      }
    }
    return undefined;
  }

  /** Puts a value where the open frame waits for one. */
  #add(value: unknown, start: number, end: number): void {
    const frame = this.#frame;
    if (frame.map !== undefined) {
      if (frame.expectsKey) {
        frame.key = undefined;
        frame.expectsKey = false;
        return;
      }
      frame.expectsKey = true;
      if (frame.key !== undefined) frame.map[frame.key] = value;
      frame.count += 1;
      if (frame.count === limits.keysPerObjectMax + 1) this.#tooMany('keys', start, end);
    } else if (frame.list !== undefined) {
      frame.count += 1;
      if (frame.count <= limits.itemsPerListMax) frame.list.push(value);
      else if (frame.count === limits.itemsPerListMax + 1) this.#tooMany('items', start, end);
    }
  }

  #tooMany(what: 'keys' | 'items', start: number, end: number): void {
    const max = (what === 'keys' ? limits.keysPerObjectMax : limits.itemsPerListMax).toLocaleString(
      'en',
    );
    this.#incomplete = true;
    this.#fault(
      what === 'keys'
        ? { code: 'SPEC_TOO_MANY_KEYS', message: `an object has more than ${max} keys` }
        : { code: 'SPEC_TOO_MANY_ITEMS', message: `a list has more than ${max} items` },
      start,
      end,
    );
  }

  #fault(wording: Wording, start: number, end: number): void {
    if (this.#faults.length >= faultsPerDocumentMax) {
      this.#incomplete = true;
      return;
    }
    const { base } = this.#chunk;
    this.#faults.push({
      ...wording,
      range: { start: base + start, end: base + end },
      documentIndex: this.#index,
    });
  }
}

function mapFrame(openedBy: number): Frame {
  return { map: {}, list: undefined, expectsKey: true, key: undefined, count: 0, openedBy };
}

function listFrame(openedBy: number): Frame {
  return { map: undefined, list: [], expectsKey: false, key: undefined, count: 0, openedBy };
}
