/** The text format of TARS configuration: nested sections of `key=value` lines (tars-contract §4.4). */

/** A section: values and sub-sections in the order in which they first came. */
export interface Section {
  readonly values: Map<string, string>;
  readonly sections: Map<string, Section>;
}

export function emptySection(): Section {
  return { values: new Map(), sections: new Map() };
}

/**
 * Lenient like the libraries: comments and blank lines are dropped, a key without `=` has an empty
 * value, a closing tag ends the innermost section of that name. The same section twice is one
 * section, and the last value of a key wins.
 */
export function parseConfigText(text: string): Section {
  const root = emptySection();
  const open: { readonly name: string; readonly section: Section }[] = [];
  const current = (): Section => open.at(-1)?.section ?? root;
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const tag = /^<(\/?)([^<>]+)>$/.exec(line);
    if (tag === null) {
      const at = findSeparator(line);
      const key = at < 0 ? line : line.slice(0, at).trim();
      current().values.set(key, at < 0 ? '' : line.slice(at + 1).trim());
      continue;
    }
    const name = (tag[2] ?? '').trim();
    if (tag[1] === '/') {
      const at = open.findLastIndex((entry) => entry.name === name);
      if (at >= 0) open.length = at;
      continue;
    }
    const section = current().sections.get(name) ?? emptySection();
    current().sections.set(name, section);
    open.push({ name, section });
  }
  return root;
}

/** The first `=` that is not escaped. */
function findSeparator(line: string): number {
  for (let at = line.indexOf('='); at >= 0; at = line.indexOf('=', at + 1)) {
    if (line[at - 1] !== '\\') return at;
  }
  return -1;
}

/** `over` wins on equal keys; sections are merged. */
export function mergeSections(under: Section, over: Section): Section {
  const sections = new Map(under.sections);
  for (const [name, section] of over.sections) {
    const below = sections.get(name);
    sections.set(name, below === undefined ? section : mergeSections(below, section));
  }
  return { values: new Map([...under.values, ...over.values]), sections };
}

/** Keys before sections, two blanks per level, `key=value` without blanks, an empty value as the bare key. */
export function printConfigText(section: Section, level = 0): string {
  const indent = '  '.repeat(level);
  const lines = [...section.values].map(([key, value]) =>
    value === '' ? `${indent}${key}\n` : `${indent}${key}=${value}\n`,
  );
  const inner = [...section.sections].map(
    ([name, child]) =>
      `${indent}<${name}>\n${printConfigText(child, level + 1)}${indent}</${name}>\n`,
  );
  return [...lines, ...inner].join('');
}
