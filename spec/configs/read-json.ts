/** JSON text → a tree that keeps the order of keys, and numbers and texts as they are written. */

import { textDepthMax, type TextFault } from './text-format.ts';

/** A text, number, `true`, `false` or `null` is its source. */
export type JsonTree = JsonObject | readonly JsonTree[] | string;
export type JsonObject = ReadonlyMap<string, JsonTree>;

export type ReadJson =
  | { readonly ok: true; readonly tree: JsonTree }
  | { readonly ok: false; readonly fault: TextFault };

/** Strict (RFC 8259); of two equal keys the later one wins. */
export function readJson(text: string): ReadJson {
  try {
    return { ok: true, tree: new JsonReader(text).read() };
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    return { ok: false, fault: { message: error.message, offset: error.offset } };
  }
}

class JsonFault extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const blanks = /[ \t\r\n]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /true|false|null/y;

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): JsonTree {
    const tree = this.#value(0);
    if (this.#at < this.#text.length) this.#fail('there is something behind the end of the value');
    return tree;
  }

  #value(depth: number): JsonTree {
    if (depth > textDepthMax) this.#fail(`more than ${textDepthMax} levels inside each other`);
    this.#take(blanks);
    const first = this.#text[this.#at];
    const value =
      first === '{' ? this.#object(depth) : first === '[' ? this.#list(depth) : this.#scalar();
    this.#take(blanks);
    return value;
  }

  #object(depth: number): JsonObject {
    const object = new Map<string, JsonTree>();
    this.#at += 1;
    this.#take(blanks);
    if (this.#skip('}')) return object;
    for (;;) {
      this.#take(blanks);
      if (object.size > 0 && this.#text[this.#at] === '}') this.#fail('there is a `,` before `}`');
      if (this.#text[this.#at] !== '"') this.#fail('a key in double quotes is expected');
      const key = JSON.parse(this.#quoted()) as string;
      this.#take(blanks);
      if (!this.#skip(':')) this.#fail('`:` is expected behind the key');
      object.set(key, this.#value(depth + 1));
      if (this.#skip('}')) return object;
      if (!this.#skip(',')) this.#fail('`,` or `}` is expected');
    }
  }

  #list(depth: number): readonly JsonTree[] {
    const list: JsonTree[] = [];
    this.#at += 1;
    this.#take(blanks);
    if (this.#skip(']')) return list;
    for (;;) {
      this.#take(blanks);
      if (this.#text[this.#at] === ']') this.#fail('there is a `,` before `]`');
      list.push(this.#value(depth + 1));
      if (this.#skip(']')) return list;
      if (!this.#skip(',')) this.#fail('`,` or `]` is expected');
    }
  }

  #scalar(): string {
    if (this.#text[this.#at] === '"') return this.#quoted();
    const source = this.#take(word) || this.#take(number);
    if (source === '') this.#fail('a value is expected');
    return source;
  }

  #quoted(): string {
    const start = this.#at;
    let end = start + 1;
    while (end < this.#text.length && this.#text[end] !== '"') {
      end += this.#text[end] === '\\' ? 2 : 1;
    }
    const source = this.#text.slice(start, end + 1);
    if (end >= this.#text.length) this.#fail('the text in quotes has no end');
    try {
      JSON.parse(source);
    } catch {
      this.#fail('the text in quotes holds a line break, a control character or an unknown escape');
    }
    this.#at = end + 1;
    return source;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #fail(message: string): never {
    const end = this.#at >= this.#text.length;
    throw new JsonFault(end ? `${message}, and the text ends` : message, this.#at);
  }
}
