/** The first thing that a reader of the TARS text format finds wrong. */

import { readConfigLine, sectionDepthMax, type ConfigLine } from './config-text.ts';

export interface ConfigTextFault {
  readonly message: string;
  /** In UTF-16 code units, as is `length`. */
  readonly offset: number;
  readonly length: number;
}

interface OpenSection {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
}

type CheckPair = (key: string, value: string, written: string) => string | undefined;

/** As a strict reader: whatever some library refuses. */
export function checkConfigText(text: string): ConfigTextFault | undefined {
  return findFault(text, checkPair);
}

/** Only what leaves open which section a key stands in: tags that are none, do not nest or do not close. */
export function checkConfigTags(text: string): ConfigTextFault | undefined {
  return findFault(text, () => undefined);
}

function findFault(text: string, ofPair: CheckPair): ConfigTextFault | undefined {
  const open: OpenSection[] = [];
  let start = 0;
  for (const raw of text.split('\n')) {
    const written = raw.trim();
    const place = { offset: start + raw.indexOf(written), length: Math.max(1, written.length) };
    const line = readConfigLine(written);
    const message =
      line.kind === 'pair' ? ofPair(line.key, line.value, written) : checkTag(line, open, place);
    if (message !== undefined) return { message, ...place };
    start += raw.length + 1;
  }
  const unclosed = open.at(-1);
  if (unclosed === undefined) return undefined;
  const { name, offset, length } = unclosed;
  return { message: `section <${name}> is never closed`, offset, length };
}

function checkTag(
  line: Exclude<ConfigLine, { kind: 'pair' }>,
  open: OpenSection[],
  place: Omit<ConfigTextFault, 'message'>,
): string | undefined {
  if (line.kind === 'nothing') return undefined;
  if (line.kind === 'bad-tag') return 'a line that begins with `<` is `<name>` or `</name>` alone';
  if (line.kind === 'open') {
    open.push({ name: line.name, ...place });
    return open.length > sectionDepthMax
      ? `more than ${sectionDepthMax} sections inside each other`
      : undefined;
  }
  const { name } = open.pop() ?? {};
  if (name === line.name) return undefined;
  return name === undefined
    ? `</${line.name}> closes a section that is not open`
    : `</${line.name}> stands where </${name}> is expected`;
}

function checkPair(key: string, value: string, written: string): string | undefined {
  if (key === '') return 'there is no key before `=`';
  if (/^\[.*\]$/.test(written)) return 'sections are written `<name>` … `</name>`, not `[name]`';
  // Java takes the whole line for a tag.
  if (value.endsWith('>')) return 'a value cannot end in `>`: the Java library refuses such a file';
  return undefined;
}
