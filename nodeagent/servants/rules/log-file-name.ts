/** Which file a batch of log lines belongs to: the naming rules of the TARS log server (tars-contract §2.5). */

import { boundedBytes, boundedText } from './bounded-text.ts';
import { formatTime } from './format-time.ts';

/** The fields of TARS `LogInfo` that name the file; absent ones have taken their declared defaults. */
export interface LogFileRequest {
  readonly appname: string;
  readonly servername: string;
  readonly sFilename: string;
  readonly sFormat: string;
  readonly setdivision: string;
  readonly bHasSufix: boolean;
  readonly bHasAppNamePrefix: boolean;
  readonly sConcatStr: string;
  readonly sLogType: string;
}

/** The remote log of call traces, which all services share. */
export const traceFileName = '_t_trace_';
const traceApp = '_tars_';
const traceServer = '_trace_';

/** Of UTF-8: together a file name stays below the 255 bytes that file systems take. */
const SEGMENT_BYTES_MAX = 96;
const NAME_BYTES_MAX = 200;
const DATE_BYTES_MAX = 32;
const CONCAT_BYTES_MAX = 8;

/** A span of `sLogType`: how long one file lasts, and how its date is written. */
const spans = {
  day: { seconds: 86_400, format: '%Y%m%d', count: 1 },
  hour: { seconds: 3600, format: '%Y%m%d%H', count: 1 },
  minute: { seconds: 60, format: '%Y%m%d%H%M', count: 10 },
} as const;

/**
 * `App/[set/]Server/<name>`, always relative and inside: whatever a caller sends, a segment is one
 * plain name. `undefined` when application or server is empty, because then nobody owns the file.
 * `localSeconds`: seconds since 1970 on the machine's wall clock.
 */
export function logFileName(info: LogFileRequest, localSeconds: number): string | undefined {
  const isTrace = info.sFilename === traceFileName;
  const app = segment(isTrace ? traceApp : info.appname);
  const server = segment(isTrace ? traceServer : info.servername);
  if (app === '' || server === '') return undefined;
  const set = isTrace ? '' : segment(setFolder(info.setdivision));
  const concat = plain(info.sConcatStr, CONCAT_BYTES_MAX);
  const file = plain(info.sFilename, NAME_BYTES_MAX);
  const prefix = info.bHasAppNamePrefix || file === '' ? [`${app}.${server}`] : [];
  const name = [...prefix, ...(file === '' ? [] : [file])].join(concat);
  const date = plain(dateOf(info, localSeconds), DATE_BYTES_MAX);
  const suffix = info.bHasSufix ? '.log' : '';
  const whole = `${boundedBytes(name, NAME_BYTES_MAX)}${concat}${date}${suffix}`;
  return [app, ...(set === '' ? [] : [set]), server, noLeadingDot(whole)].join('/');
}

/** `name.area.group` glued together; a group `*` is left out. */
function setFolder(setdivision: string): string {
  const parts = setdivision.split('.');
  return parts.length === 3 ? parts.filter((part) => part !== '*').join('') : '';
}

function dateOf({ sFormat, sLogType }: LogFileRequest, localSeconds: number): string {
  const match = /^(\d{0,3})(day|hour|minute)$/.exec(sLogType.trim());
  const span = match === null ? undefined : spans[match[2] as keyof typeof spans];
  const format = sFormat === '' ? (span?.format ?? spans.day.format) : boundedText(sFormat, 64);
  if (span === undefined) return formatTime(localSeconds, format);
  const count = Number(match?.[1] ?? '') || span.count;
  const length = span.seconds * count;
  return formatTime(Math.floor(localSeconds / length) * length, format);
}

/** One folder name, which cannot lead anywhere else. */
function segment(text: string): string {
  return noLeadingDot(plain(text, SEGMENT_BYTES_MAX));
}

function plain(text: string, bytesMax: number): string {
  const named = text.slice(0, bytesMax).replaceAll(/[\p{C}\p{Z}/\\:*?"<>|%]/gu, '_');
  return boundedBytes(named, bytesMax);
}

/** No `..`, and no file that is hidden. */
function noLeadingDot(text: string): string {
  return text.replace(/^\.+/, (dots) => '_'.repeat(dots.length));
}
