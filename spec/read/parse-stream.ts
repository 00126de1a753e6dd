/** YAML text → one event list per document, and faults for the stretches that are not YAML. */

import { EVENT_ID, parseEvents, YAMLException, type Event } from 'js-yaml';
import { limits } from './limits.ts';
import type { SyntaxFault } from './syntax-clues.ts';
import { explainSyntax } from './explain-syntax.ts';

/** One part of a file that parsed as a whole: usually the file. */
export interface Chunk {
  readonly text: string;
  /** Offset of `text` in the file. */
  readonly base: number;
  readonly events: readonly Event[];
  /** Index in the file of the first document of the chunk. */
  readonly firstDocument: number;
}

/** A part that did not parse; it counts as one document. */
export interface BrokenChunk {
  readonly text: string;
  readonly base: number;
  readonly documentIndex: number;
  readonly fault: SyntaxFault;
}

export interface Stream {
  readonly chunks: readonly Chunk[];
  readonly broken: readonly BrokenChunk[];
}

const parserOptions = { maxDepth: limits.depthMax };
const documentStart = /^---(?=[ \t\r\n]|$)/gm;

/**
 * A file that does not parse is taken apart at its `---` lines, which end a document whatever comes
 * before, so that one broken document leaves the others readable.
 */
export function parseStream(text: string): Stream {
  try {
    return {
      chunks: [{ text, base: 0, events: parseEvents(text, parserOptions), firstDocument: 0 }],
      broken: [],
    };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return parseParts(text);
  }
}

function parseParts(text: string): Stream {
  const starts = [...text.matchAll(documentStart)].map((match) => match.index);
  if (starts[0] !== 0) starts.unshift(0);
  const chunks: Chunk[] = [];
  const broken: BrokenChunk[] = [];
  let documents = 0;
  for (const [index, base] of starts.entries()) {
    const part = text.slice(base, starts[index + 1] ?? text.length);
    try {
      const events = parseEvents(part, parserOptions);
      chunks.push({ text: part, base, events, firstDocument: documents });
      documents += countEvents(events);
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error;
      broken.push({
        text: part,
        base,
        documentIndex: documents,
        fault: explainSyntax(part, error),
      });
      documents += 1;
    }
    if (documents > limits.documentsPerFileMax) break;
  }
  return { chunks, broken };
}

/** Whether they parsed or not. */
export function countDocuments({ chunks, broken }: Stream): number {
  return chunks.reduce((count, { events }) => count + countEvents(events), broken.length);
}

function countEvents(events: readonly Event[]): number {
  let count = 0;
  for (const event of events) if (event.type === EVENT_ID.DOCUMENT) count += 1;
  return count;
}
