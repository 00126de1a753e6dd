/** Times and durations for people: `12 s`, `4m`, `2h10m`, `3d`, and absolute UTC. */

import { civilDate } from '../../civil-date.ts';
import type { TimeMs } from '../../model.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Short and rounded down; two units where the second one still matters. */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (ms < secondMs) return `${Math.round(ms)}ms`;
  if (ms < 2 * minuteMs) return `${Math.floor(ms / secondMs)}s`;
  if (ms < 10 * minuteMs) return twoUnits(ms, [minuteMs, 'm'], [secondMs, 's']);
  if (ms < 2 * hourMs) return `${Math.floor(ms / minuteMs)}m`;
  if (ms < dayMs) return twoUnits(ms, [hourMs, 'h'], [minuteMs, 'm']);
  if (ms < 8 * dayMs) return twoUnits(ms, [dayMs, 'd'], [hourMs, 'h']);
  return `${Math.floor(ms / dayMs)}d`;
}

type Unit = readonly [sizeMs: number, name: string];

function twoUnits(ms: number, large: Unit, small: Unit): string {
  const rest = Math.floor((ms % large[0]) / small[0]);
  return `${Math.floor(ms / large[0])}${large[1]}${rest === 0 ? '' : `${rest}${small[1]}`}`;
}

/** Age for a column: under a second is `now`, no time at all is `-`. */
export function formatAge(at: TimeMs | undefined, now: TimeMs): string {
  if (at === undefined) return '-';
  return now - at < secondMs ? 'now' : formatDuration(now - at);
}

/** Age in a sentence: `3s ago`, `just now`. */
export function formatAgo(at: TimeMs, now: TimeMs): string {
  return now - at < secondMs ? 'just now' : `${formatDuration(now - at)} ago`;
}

/** `2026-03-01T09:02:11Z`. */
export function formatUtc(at: TimeMs): string {
  const days = Math.floor(at / dayMs);
  const { year, month, day } = civilDate(days);
  const rest = at - days * dayMs;
  const clock = [Math.floor(rest / hourMs), Math.floor(rest / minuteMs) % 60].map(two);
  const seconds = two(Math.floor(rest / secondMs) % 60);
  return `${year}-${two(month)}-${two(day)}T${clock.join(':')}:${seconds}Z`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
