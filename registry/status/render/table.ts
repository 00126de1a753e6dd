/** Tables as kubectl prints them: left-aligned columns by display width, nothing behind the last one. */

import stringWidth from 'string-width';
import { cleanLine } from './clean-text.ts';
import type { Paint, TextStyle } from '../../../spec/wording/text-style.ts';

export interface Column<Row> {
  readonly header: string;
  text(row: Row): string;
  /** Colours the finished cell; widths are measured before. */
  paint?(text: string, row: Row, style: TextStyle): string;
}

const gap = '   ';

/** Ends with a line break; an empty list gives an empty text. `below` adds a line to each row. */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  style: TextStyle,
  below?: (row: Row) => string,
): string {
  if (rows.length === 0) return '';
  const cells = rows.map((row) => columns.map((column) => cleanLine(column.text(row)) || '-'));
  const widths = columns.map(({ header }, index) =>
    Math.max(header.length, ...cells.map((line) => stringWidth(line[index] ?? ''))),
  );
  const headers = columns.map(({ header }) => header);
  const head = joinCells(headers, widths, () => style.faint);
  const lines = rows.flatMap((row, rowIndex) => [
    joinCells(cells[rowIndex] ?? [], widths, (index) => {
      const paint = columns[index]?.paint;
      return paint === undefined ? (text) => text : (text) => paint(text, row, style);
    }),
    ...(below === undefined ? [] : [`    ${cleanLine(below(row))}`]),
  ]);
  return [head, ...lines].map((line) => `${line}\n`).join('');
}

function joinCells(
  cells: readonly string[],
  widths: readonly number[],
  paintOf: (index: number) => Paint,
): string {
  return cells
    .map((cell, index) => {
      const isLast = index === cells.length - 1;
      const padding = isLast ? 0 : (widths[index] ?? 0) - stringWidth(cell);
      return paintOf(index)(cell) + ' '.repeat(padding);
    })
    .join(gap);
}

/** `label   value` lines, values aligned. */
export function renderFields(
  fields: readonly (readonly [label: string, value: string | undefined])[],
  style: TextStyle,
): string {
  const shown = fields.filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(0, ...shown.map(([label]) => label.length));
  return shown
    .map(([label, value]) => `${style.faint(label.padEnd(width))}${gap}${cleanLine(value ?? '')}\n`)
    .join('');
}
