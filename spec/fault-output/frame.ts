/** A few lines of a file, with marks under one stretch of them. */

import stringWidth from 'string-width';
import { neutralise } from './neutralise.ts';
import type { PlacedSpan } from './place-fault.ts';
import type { TextStyle } from '../wording/text-style.ts';

export interface FrameOptions {
  /** Lines above the marked one. */
  readonly linesAbove: number;
  /** `^` for the fault, `-` for what it has to do with. */
  readonly mark: '^' | '-';
  /** Printed behind the marks. */
  readonly label: string;
  /** Columns of the line numbers, so that several frames line up. */
  readonly gutter: number;
  /** Lines that hold a secret. The marked one is none of them. */
  readonly isHidden: (line: number) => boolean;
}

/** Longer lines are cut around the marks. */
const widthMax = 120;
const marginBefore = 40;

export function renderFrame(span: PlacedSpan, options: FrameOptions, style: TextStyle): string[] {
  const { source, start, end } = span;
  const lines: string[] = [];
  const numbered = (number: number, text: string) => {
    const gutter = String(number).padStart(options.gutter);
    lines.push(`${style.faint(`${gutter} │`)} ${text}`.trimEnd());
  };
  const line = source.line(start.line);
  const from = firstColumn(line, start.column - 1);
  for (let above = options.linesAbove; above > 0; above -= 1) {
    const number = start.line - above;
    if (number < 1) continue;
    numbered(number, options.isHidden(number) ? '(not shown)' : cut(source.line(number), 0));
  }
  numbered(start.line, cut(line, from));

  const before = stringWidth(cutStart(line, from) + neutralise(line.slice(from, start.column - 1)));
  const endColumn = end.line === start.line ? end.column : line.length + 1;
  const marked = neutralise(line.slice(start.column - 1, endColumn - 1));
  const room = Math.max(1, widthMax - before);
  const marks = options.mark.repeat(Math.max(1, Math.min(stringWidth(marked), room)));
  const label = options.label === '' ? '' : ` ${options.label}`;
  const paint = options.mark === '^' ? style.bad : style.accent;
  const gutter = style.faint(`${' '.repeat(options.gutter)} │`);
  lines.push(`${gutter} ${' '.repeat(before)}${paint(marks + label)}`);
  return lines;
}

/** How many characters are cut at the left so that the marked one is in sight. */
function firstColumn(line: string, marked: number): number {
  return stringWidth(neutralise(line.slice(0, marked))) < widthMax - marginBefore
    ? 0
    : Math.max(0, marked - marginBefore);
}

function cutStart(line: string, from: number): string {
  return from > 0 && line.length > from ? '…' : '';
}

function cut(line: string, from: number): string {
  // Characters have at most two columns, and what is cut in half is neutralised.
  const shown = neutralise(line.slice(from, from + widthMax));
  const after = line.length > from + widthMax ? '…' : '';
  return cutStart(line, from) + shown + after;
}
