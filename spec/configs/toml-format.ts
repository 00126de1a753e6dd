/** TOML, merged table by table. */

import { parse, stringify, TomlDate, TomlError } from 'smol-toml';
import { textDepthMax, type TextFault, type TextFormat } from './text-format.ts';

type Table = Readonly<Record<string, unknown>>;

export const tomlFormat: TextFormat = {
  name: 'TOML',
  check: checkToml,
  merge: (texts) => {
    const merged = texts.map(parseToml).reduce(mergeTables);
    return stringify(merged, { numbersAsFloat: true });
  },
};

/** Integers are exact, and floats stay floats. */
function parseToml(text: string): Table {
  return parse(text, { integersAsBigInt: true, maxDepth: textDepthMax });
}

function checkToml(text: string): TextFault | undefined {
  try {
    if (!isTooDeep(parseToml(text), textDepthMax)) return undefined;
    return { message: `more than ${textDepthMax} tables inside each other`, offset: 0 };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [first = ''] = error.message.split('\n', 1);
    const message = first.replace('Invalid TOML document: ', '');
    return { message, offset: offsetOf(text, error.line, error.column) };
  }
}

/** Dotted keys nest without a bracket. */
function isTooDeep(value: unknown, room: number): boolean {
  if (!isTable(value) && !Array.isArray(value)) return false;
  return room === 0 || Object.values(value).some((inner) => isTooDeep(inner, room - 1));
}

function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let before = 1; before < line; before += 1) start = text.indexOf('\n', start) + 1;
  return start + column - 1;
}

function mergeTables(under: Table, over: Table): Table {
  // Without a prototype, `__proto__` is a key like any other.
  const merged = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of Object.entries(under)) merged[key] = value;
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isTable(below) && isTable(value) ? mergeTables(below, value) : value;
  }
  return merged;
}

function isTable(value: unknown): value is Table {
  if (typeof value !== 'object' || value === null) return false;
  return !Array.isArray(value) && !(value instanceof TomlDate);
}
