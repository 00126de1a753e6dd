/** YAML, merged map by map. Comments, quotes and numbers stay as they are written. */

import { EVENT_ID, parseEvents, YAMLException, type Event } from 'js-yaml';
import { isMap, isScalar, parseDocument, type Document, type ScalarTag, type YAMLMap } from 'yaml';
import { textDepthMax, type TextFault, type TextFormat } from './text-format.ts';

export const yamlFormat: TextFormat = {
  name: 'YAML',
  check: checkYaml,
  merge: (texts) => {
    const [first, ...others] = texts.map(readDocument);
    if (first === undefined) return '';
    for (const { contents } of others) {
      // A text of comments alone says nothing.
      if (contents === null || isEmpty(contents)) continue;
      first.contents = mergeNodes(first.contents, contents) as typeof first.contents;
    }
    return first.toString({ lineWidth: 0 });
  },
};

/** A key without a value. */
const emptyTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:null',
  default: true,
  test: /^$/,
  identify: (value) => value === null,
  resolve: () => null,
  stringify: () => '',
};

/** Plain values are taken as texts, so that `1.10` or `yes` is printed as it was written. */
function readDocument(text: string): Document.Parsed {
  return parseDocument(text, {
    schema: 'failsafe',
    customTags: (tags) => [...tags, emptyTag],
    logLevel: 'silent',
    prettyErrors: false,
    uniqueKeys: false,
  });
}

function checkYaml(text: string): TextFault | undefined {
  return checkEvents(text) ?? checkDocument(text);
}

/** The quick parser goes first, because it bounds the depth. */
function checkEvents(text: string): TextFault | undefined {
  let events: readonly Event[];
  try {
    events = parseEvents(text, { maxDepth: textDepthMax });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { reason, mark } = error;
    return { message: reason, offset: mark?.position ?? 0 };
  }
  let documents = 0;
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) documents += 1;
    if (event.type === EVENT_ID.ALIAS) {
      const offset = event.anchorStart - 1;
      const length = event.anchorEnd - offset;
      const message = 'aliases cannot be merged by structure: write the value out';
      return { message, offset, length };
    }
  }
  if (documents <= 1) return undefined;
  const offset = text.search(/(?<=\n)---(?=\s|$)/);
  return { message: 'a file that is merged holds one document', offset: Math.max(0, offset) };
}

function checkDocument(text: string): TextFault | undefined {
  const document = readDocument(text);
  const [error] = document.errors;
  if (error !== undefined) return { message: error.message, offset: error.pos[0] };
  return findDuplicate(document.contents);
}

function findDuplicate(node: unknown): TextFault | undefined {
  if (typeof node !== 'object' || node === null || !('items' in node)) return undefined;
  if (!isMap(node)) {
    for (const item of node.items as unknown[]) {
      const fault = findDuplicate(item);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  const keys = new Set<string>();
  for (const { key, value } of node.items) {
    const text = keyText(key);
    if (keys.has(text)) {
      const [offset = 0, end = 0] = isScalar(key) ? (key.range ?? []) : [];
      return { message: `the key ${text} is there twice`, offset, length: end - offset };
    }
    keys.add(text);
    const fault = findDuplicate(value);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** `under` is of no use to anybody else, and changed in place. */
function mergeNodes(under: unknown, over: unknown): unknown {
  if (!isMap(under) || !isMap(over)) return over;
  const pairs = new Map(under.items.map((pair) => [keyText(pair.key), pair]));
  for (const pair of (over as YAMLMap).items) {
    const below = pairs.get(keyText(pair.key));
    if (below === undefined) under.items.push(pair);
    else below.value = mergeNodes(below.value, pair.value);
  }
  return under;
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

function isEmpty(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}
