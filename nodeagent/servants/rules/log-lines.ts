/** Log lines as they are stored: preceded by who sent them, call traces by the service they speak of. */

import { boundedText } from './bounded-text.ts';
import { traceFileName } from './log-file-name.ts';

export interface LogLinesRequest {
  readonly appname: string;
  readonly servername: string;
  readonly sFilename: string;
  /** Between columns. */
  readonly sSepar: string;
}

/** Written as JSON it may grow sixfold, and still fits into one collected entry. */
const LINE_CHARACTERS_MAX = 32 * 1024;
const SEPARATOR_CHARACTERS_MAX = 8;

/** `caller`: name of the node, or its address. Lines end as they were received; a trace ends with `|\n`. */
export function storedLogLines(
  info: LogLinesRequest,
  caller: string,
  lines: readonly string[],
): readonly string[] {
  const separator = boundedText(info.sSepar, SEPARATOR_CHARACTERS_MAX);
  if (info.sFilename !== traceFileName) {
    return lines.map((line) => `${caller}${separator}${boundedText(line, LINE_CHARACTERS_MAX)}`);
  }
  const service = [caller, info.appname, info.servername].join('|');
  return lines.map((line) => {
    const fields = boundedText(line, LINE_CHARACTERS_MAX).replace(/\|?\r?\n?$/, '');
    return `${service}|${fields}|\n`;
  });
}
