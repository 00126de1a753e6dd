/** Looks at the text around a syntax fault for the mistakes that people really make. */

import type { FaultCode } from '../fault-codes.ts';

export interface SyntaxFault {
  readonly code: FaultCode;
  readonly message: string;
  readonly hint?: string;
  /** Offset in the text that was parsed. */
  readonly position: number;
}

/** `undefined` when nothing is found; then the parser's own words have to do. */
export function findClue(text: string, position: number, reason: string): SyntaxFault | undefined {
  return (
    findConflict(text, position) ??
    findIndentingTab(text, position) ??
    findReserved(text, position) ??
    findInnerColon(text, position, reason) ??
    findMissingColon(text, position, reason) ??
    findUnclosed(text, position, reason)
  );
}

const linesBack = 3;
/** Longer lines are not looked at as a whole. */
const lineLengthMax = 2_000;

interface Line {
  readonly start: number;
  readonly text: string;
}

/** The line at `position` and those before it, nearest first. */
function linesUpTo(text: string, position: number): Line[] {
  const lines: Line[] = [];
  let end = position;
  while (lines.length < linesBack && end >= 0) {
    const before = end === 0 ? -1 : text.lastIndexOf('\n', end - 1);
    const start = before + 1;
    const stop = text.indexOf('\n', start);
    const line = text.slice(
      start,
      Math.min(stop === -1 ? text.length : stop, start + lineLengthMax),
    );
    lines.push({ start, text: line.replace(/\r$/, '') });
    end = before;
  }
  return lines;
}

function findConflict(text: string, position: number): SyntaxFault | undefined {
  const line = linesUpTo(text, position).find((one) => /^(<{7}|={7}|>{7})( |$)/.test(one.text));
  if (line === undefined) return undefined;
  return {
    code: 'SPEC_YAML_SYNTAX',
    message: 'a merge conflict is not resolved',
    hint: 'keep one side, and remove the lines with <<<<<<<, ======= and >>>>>>>',
    position: line.start,
  };
}

function findIndentingTab(text: string, position: number): SyntaxFault | undefined {
  for (const line of linesUpTo(text, position).slice(0, 2)) {
    const tab = (/^[ \t]*/.exec(line.text)?.[0] ?? '').indexOf('\t');
    if (tab === -1) continue;
    return {
      code: 'SPEC_YAML_TAB',
      message: 'a tab is used for indentation',
      hint: 'indent with spaces',
      position: line.start + tab,
    };
  }
  return undefined;
}

/** `start: @cart`. */
function findReserved(text: string, position: number): SyntaxFault | undefined {
  const character = text[position] ?? '';
  const directive = character === '%' && /(^|[\r\n])$/.test(text.slice(0, position).slice(-1));
  if (!['@', '`', '%'].includes(character) || directive) return undefined;
  return {
    code: 'SPEC_YAML_SYNTAX',
    message: `a text cannot begin with ${character}`,
    hint: 'put quotes around it',
    position,
  };
}

/** `start: ./cart --url: http://x`: a second `: ` in one line. */
function findInnerColon(text: string, position: number, reason: string): SyntaxFault | undefined {
  if (!reason.startsWith('bad indentation') || text[position] !== ':') return undefined;
  const [line] = linesUpTo(text, position);
  if (line === undefined || !/: /.test(text.slice(line.start, position))) return undefined;
  return {
    code: 'SPEC_YAML_SYNTAX',
    message: 'a text that holds `: ` needs quotes',
    hint: 'put quotes around the whole value',
    position,
  };
}

/** A line with nothing but a word, above the one where the parser gave up. */
function findMissingColon(text: string, position: number, reason: string): SyntaxFault | undefined {
  const suspect = reason.startsWith('can not read a block') || reason.startsWith("expected ':'");
  if (!suspect) return undefined;
  const bare = linesUpTo(text, position).find((line) =>
    /^[ -]*[A-Za-z][\w-]*[ ]*$/.test(line.text),
  );
  if (bare === undefined) return undefined;
  return {
    code: 'SPEC_YAML_SYNTAX',
    message: 'a colon is missing here',
    hint: 'write `key: value`, or `key:` above what belongs to it',
    position: bare.start + bare.text.trimEnd().length - 1,
  };
}

const openers: Readonly<Record<string, string>> = { '[': ']', '{': '}' };

/** A bracket or quote in the lines above that nothing closes. */
function findUnclosed(text: string, position: number, reason: string): SyntaxFault | undefined {
  const suspect = /^(deficient|missed comma|unexpected end|expected the node)/.test(reason);
  if (!suspect) return undefined;
  for (const line of linesUpTo(text, position)) {
    const open = firstUnclosed(line.text);
    if (open === undefined) continue;
    const character = line.text[open] ?? '';
    const quote = character === '"' || character === "'";
    const closing = quote ? character : (openers[character] ?? '');
    return {
      code: 'SPEC_YAML_SYNTAX',
      message: quote ? 'this quote is never closed' : `this \`${character}\` is never closed`,
      hint: quote
        ? `write ${character} at the end of the text; ${character === '"' ? '\\"' : "''"} stands for one inside`
        : `write \`${closing}\` at its end; a text that begins with \`${character}\` needs quotes`,
      position: line.start + open,
    };
  }
  return undefined;
}

/** Where in one line a bracket or quote is opened that the line does not close. */
function firstUnclosed(line: string): number | undefined {
  const open: number[] = [];
  let quote: number | undefined;
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] ?? '';
    if (quote !== undefined) {
      if (character === '\\' && line[quote] === '"') at += 1;
      else if (character === line[quote]) quote = undefined;
    } else if (/["']/.test(character) && /(^|[\s[{,:])$/.test(line.slice(0, at))) quote = at;
    else if (character === '#' && /(^|\s)$/.test(line.slice(0, at))) break;
    else if (character in openers) open.push(at);
    else if (character === ']' || character === '}') open.pop();
  }
  return quote ?? open.at(-1);
}
