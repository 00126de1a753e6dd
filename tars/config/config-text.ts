/** The text format of TARS configuration: nested sections of `key=value` lines (tars-contract §4.4). */

/**
 * A section: values and sub-sections in the order in which they first came. Keys and values are kept
 * as they are written, escapes (`\=`, `\s`, `\n`) included: libraries disagree on what these mean, so
 * each must see what its users wrote.
 */
export interface Section {
  readonly values: Map<string, string>;
  readonly sections: Map<string, Section>;
}

/** Sections inside each other; no library's template needs more than a handful. */
export const sectionDepthMax = 64;

export function emptySection(): Section {
  return { values: new Map(), sections: new Map() };
}

/**
 * Lenient like the libraries: comments and blank lines are dropped, a key without `=` has an empty
 * value, a closing tag ends the innermost section of that name, a tag that is none is dropped. The
 * same section twice is one section, and the last value of a key wins.
 */
export function parseConfigText(text: string): Section {
  const root = emptySection();
  const open: { readonly name: string; readonly section: Section }[] = [];
  const current = (): Section => open.at(-1)?.section ?? root;
  for (const raw of text.split('\n')) {
    const line = readConfigLine(raw);
    if (line.kind === 'pair') current().values.set(line.key, line.value);
    if (line.kind === 'close') {
      const at = open.findLastIndex((entry) => entry.name === line.name);
      if (at >= 0) open.length = at;
    }
    // Those who print and merge go down level by level.
    if (line.kind !== 'open' || open.length >= sectionDepthMax) continue;
    const section = current().sections.get(line.name) ?? emptySection();
    current().sections.set(line.name, section);
    open.push({ name: line.name, section });
  }
  return root;
}

export type ConfigLine =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'bad-tag' }
  | { readonly kind: 'open'; readonly name: string }
  | { readonly kind: 'close'; readonly name: string }
  | { readonly kind: 'pair'; readonly key: string; readonly value: string };

/** One line, without its line break. */
export function readConfigLine(raw: string): ConfigLine {
  const line = raw.trim();
  if (line === '' || line.startsWith('#')) return { kind: 'nothing' };
  if (line.startsWith('<')) {
    const tag = /^<(\/?)([^<>]+)>$/.exec(line);
    const name = tag?.[2]?.trim() ?? '';
    if (name === '') return { kind: 'bad-tag' };
    return { kind: tag?.[1] === '/' ? 'close' : 'open', name };
  }
  const at = findSeparator(line);
  const key = at < 0 ? line : line.slice(0, at).trim();
  return { kind: 'pair', key, value: at < 0 ? '' : line.slice(at + 1).trim() };
}

/** The first `=` that is not escaped. */
function findSeparator(line: string): number {
  for (let at = line.indexOf('='); at >= 0; at = line.indexOf('=', at + 1)) {
    if (line[at - 1] !== '\\') return at;
  }
  return -1;
}

/** `over` wins on equal keys; sections are merged. Neither argument is changed. */
export function mergeSections(under: Section, over: Section): Section {
  const sections = new Map(under.sections);
  for (const [name, section] of over.sections) {
    const below = sections.get(name);
    sections.set(name, below === undefined ? section : mergeSections(below, section));
  }
  return { values: new Map([...under.values, ...over.values]), sections };
}

/**
 * Keys before sections, two blanks per level, `key=value` without blanks around `=` (PHP keeps them),
 * an empty value as the bare key. What was parsed is printed as it was written; what was not, and
 * cannot stand in one line as it is, is escaped. No escape exists for a key that begins with `<` or `#`.
 */
export function printConfigText(section: Section, level = 0): string {
  const indent = '  '.repeat(level);
  const lines = [...section.values].map(([key, value]) => {
    const name = escapeText(key).replaceAll(/(?<!\\)=/g, '\\=');
    return value === '' ? `${indent}${name}\n` : `${indent}${name}=${escapeText(value)}\n`;
  });
  const inner = [...section.sections].map(
    ([name, child]) =>
      `${indent}<${name}>\n${printConfigText(child, level + 1)}${indent}</${name}>\n`,
  );
  return [...lines, ...inner].join('');
}

/** Line breaks, and the blanks at either end that every library cuts off. */
function escapeText(text: string): string {
  if (!/[\r\n]|^\s|\s$/.test(text)) return text;
  return text
    .replaceAll('\r', '\\r')
    .replaceAll('\n', '\\n')
    .replace(/^\s+|\s+$/g, (blanks) => blanks.replaceAll('\t', '\\t').replaceAll(/\s/g, '\\s'));
}
