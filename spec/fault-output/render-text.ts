/** Faults as people read them in a terminal or a log. */

import type { Fault } from '../fault.ts';
import { counted } from '../wording/counted.ts';
import { plainTextStyle, type TextStyle } from '../wording/text-style.ts';
import { renderFrame } from './frame.ts';
import { neutralise } from './neutralise.ts';
import { findSecretLines, hiddenIn, type SecretLines } from './secret-lines.ts';
import { placeFaults, type Placed, type PlacedFault, type ReadSource } from './place-fault.ts';

/** One block per fault, by path and position, with an empty line in between. */
export function renderFaultsAsText(
  faults: readonly Fault[],
  readSource: ReadSource,
  style: TextStyle = plainTextStyle,
): string {
  const placed = placeFaults(faults, readSource);
  const secrets = findSecretLines(placed);
  return placed.map((one) => renderFault(one, secrets, style).join('\n')).join('\n\n');
}

function renderFault(placed: PlacedFault, secrets: SecretLines, style: TextStyle): string[] {
  const { fault, related } = placed;
  const paint = fault.severity === 'error' ? style.bad : style.warn;
  const gutter = gutterWidth([placed, ...related]);
  const indent = ' '.repeat(gutter + 1);
  const label = fault.suggestion === undefined ? '' : neutralise(fault.suggestion);
  const lines = [
    `${paint(`${fault.severity}[${fault.code}]`)}: ${style.strong(neutralise(fault.message))}`,
    `${indent}${style.faint('┌─')} ${placeName(placed)}`,
  ];
  if (isShown(placed, secrets)) {
    const isHidden = hiddenIn(placed.path, secrets);
    const frame = { linesAbove: 2, mark: '^', label, gutter, isHidden } as const;
    lines.push(...renderFrame(placed.span, frame, style));
  } else if (label !== '') lines.push(`${indent}${style.faint('=')} ${label}`);
  for (const other of related) {
    const message = neutralise(other.message);
    const where = `${indent}${style.faint('├─')} ${placeName(other)}`;
    if (!isShown(other, secrets)) lines.push(`${where}: ${message}`);
    else {
      const isHidden = hiddenIn(other.path, secrets);
      const frame = { linesAbove: 0, mark: '-', label: message, gutter, isHidden } as const;
      lines.push(where, ...renderFrame(other.span, frame, style));
    }
  }
  if (fault.hint !== undefined) {
    lines.push(`${indent}${style.faint('=')} ${neutralise(fault.hint)}`);
  }
  return lines;
}

function isShown<T extends Placed>(
  placed: T,
  secrets: SecretLines,
): placed is T & Required<Pick<Placed, 'span'>> {
  const { path, span } = placed;
  return span !== undefined && !hiddenIn(path, secrets)(span.start.line);
}

/** `path:line:column`, as terminals and editors make it clickable. */
function placeName({ path, span }: Placed): string {
  const position = span === undefined ? '' : `:${span.start.line}:${span.start.column}`;
  return neutralise(path) + position;
}

function gutterWidth(places: readonly Placed[]): number {
  return Math.max(...places.map(({ span }) => String(span?.start.line ?? 1).length));
}

/** `2 errors and 1 warning in 3 files.` */
export function countFaults(faults: readonly Fault[]): string {
  const errors = faults.filter(({ severity }) => severity === 'error').length;
  const warnings = faults.length - errors;
  const files = new Set(faults.map(({ place }) => place.path)).size;
  const parts = [
    ...(errors > 0 ? [counted(errors, 'error')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ];
  return parts.length === 0 ? 'no faults' : `${parts.join(' and ')} in ${counted(files, 'file')}`;
}
