/** Finds where in a file a field of a document stands, so that a caret can be put under it. */

import { COLLECTION_STYLE, EVENT_ID, getScalarValue, SCALAR_STYLE, type Event } from 'js-yaml';
import { parseStream, type Chunk, type Stream } from './parse-stream.ts';
import type { TextPlace } from '../fault.ts';
import type { Range } from './yaml-fault.ts';

interface Place {
  readonly documentIndex?: number;
  /** JSON pointer. When it leads nowhere, the nearest field above is taken. */
  readonly pointer?: string;
  readonly at?: 'key' | 'value';
  readonly within?: TextPlace;
}

/** Answers questions about one file; parses it once. */
export class Locator {
  readonly #stream: Stream;

  constructor(source: string | Stream) {
    this.#stream = typeof source === 'string' ? parseStream(source) : source;
  }

  /** `undefined` when there is no such document. */
  locate(place: Place): Range | undefined {
    const index = place.documentIndex ?? 0;
    const broken = this.#stream.broken.find((chunk) => chunk.documentIndex === index);
    if (broken !== undefined) return { start: broken.base, end: broken.base + 1 };
    const chunk = this.#stream.chunks.findLast(({ firstDocument }) => firstDocument <= index);
    if (chunk === undefined) return undefined;
    const document = findDocument(chunk, index - chunk.firstDocument);
    if (document === undefined) return undefined;
    const walk = new Walk(chunk, document + 1);
    const field = walk.find(place.pointer ?? '', place.at ?? 'value');
    const local = (place.within && walk.findWithin(place.within)) ?? field;
    return { start: chunk.base + local.start, end: chunk.base + local.end };
  }
}

/** Index of the event that opens the document. */
function findDocument(chunk: Chunk, ordinal: number): number | undefined {
  let seen = -1;
  for (const [at, event] of chunk.events.entries()) {
    if (event.type !== EVENT_ID.DOCUMENT) continue;
    seen += 1;
    if (seen === ordinal) return at;
  }
  return undefined;
}

function readPointer(pointer: string): string[] {
  const parts = pointer.split('/').slice(1);
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Goes down from the root node of one document. */
class Walk {
  readonly #chunk: Chunk;
  /** Index of the event of the node that was reached. */
  #at: number;
  #key: Range | undefined;

  constructor(chunk: Chunk, root: number) {
    this.#chunk = chunk;
    this.#at = root;
  }

  find(pointer: string, at: 'key' | 'value'): Range {
    let reached = true;
    for (const part of readPointer(pointer)) {
      reached = this.#descend(part);
      if (!reached) break;
    }
    const own = this.#tokenAt(this.#at);
    if ((at === 'key' || !reached) && this.#key !== undefined) return this.#key;
    return own ?? this.#key ?? this.#firstToken();
  }

  /** A place in the text of the node that was reached; `undefined` when its lines are not written as they are. */
  findWithin({ line, column, length }: TextPlace): Range | undefined {
    const event = this.#event(this.#at);
    if (event?.type !== EVENT_ID.SCALAR || event.valueStart === -1) return undefined;
    const raw = this.#chunk.text.slice(event.valueStart, event.valueEnd);
    const isBlock = event.style === SCALAR_STYLE.LITERAL_BLOCK;
    const isAsWritten = isBlock || raw === getScalarValue(this.#chunk.text, event);
    const written = raw.split('\n');
    const found = written[line - 1];
    if (!isAsWritten || found === undefined) return undefined;
    const before = written.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    const indent = isBlock ? event.indent : 0;
    const within = Math.min(found.length, indent + column - 1);
    const start = event.valueStart + before + within;
    return { start, end: start + Math.max(1, Math.min(length, found.length - within)) };
  }

  #event(index: number): Event | undefined {
    return this.#chunk.events[index];
  }

  #descend(part: string): boolean {
    const parent = this.#event(this.#at);
    if (parent?.type === EVENT_ID.MAPPING) return this.#descendMap(part);
    if (parent?.type === EVENT_ID.SEQUENCE) return this.#descendList(Number(part));
    return false;
  }

  #descendMap(part: string): boolean {
    let at = this.#at + 1;
    while (this.#isNode(at)) {
      const key = this.#event(at);
      const value = this.#next(at);
      if (key?.type === EVENT_ID.SCALAR && getScalarValue(this.#chunk.text, key) === part) {
        this.#key = this.#tokenAt(at);
        this.#at = value;
        return true;
      }
      at = this.#next(value);
    }
    return false;
  }

  #descendList(index: number): boolean {
    let at = this.#at + 1;
    for (let item = 0; this.#isNode(at); item += 1) {
      if (item === index) {
        this.#at = at;
        this.#key = this.#tokenAt(at) ?? this.#firstToken();
        return true;
      }
      at = this.#next(at);
    }
    return false;
  }

  #isNode(at: number): boolean {
    const type = this.#event(at)?.type;
    return type !== undefined && type !== EVENT_ID.POP;
  }

  /** Index of the node behind the one at `at`. */
  #next(at: number): number {
    let depth = 0;
    let index = at;
    for (; index < this.#chunk.events.length; index += 1) {
      const type = this.#event(index)?.type;
      if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth += 1;
      else if (type === EVENT_ID.POP) depth -= 1;
      if (depth <= 0) return index + 1;
    }
    return index;
  }

  /** A text or number, with its quotes; `undefined` for what has no token of its own. */
  #tokenAt(at: number): Range | undefined {
    const event = this.#event(at);
    if (event?.type === EVENT_ID.ALIAS) {
      return { start: event.anchorStart - 1, end: event.anchorEnd };
    }
    if (event?.type !== EVENT_ID.SCALAR || event.valueStart === -1) return undefined;
    const { style, valueStart, valueEnd } = event;
    if (style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK) {
      return undefined;
    }
    const quotes = style === SCALAR_STYLE.PLAIN ? 0 : 1;
    return { start: valueStart - quotes, end: valueEnd + quotes };
  }

  /** What stands for an object or list: its bracket, or the first thing inside. */
  #firstToken(): Range {
    for (let at = this.#at; at < this.#chunk.events.length; at += 1) {
      const event = this.#event(at);
      if (event === undefined || event.type === EVENT_ID.POP) break;
      const token = this.#tokenAt(at);
      if (token !== undefined) return token;
      const flow =
        (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) &&
        event.style === COLLECTION_STYLE.FLOW;
      if (flow) return { start: event.start, end: event.start + 1 };
    }
    return { start: 0, end: 1 };
  }
}
