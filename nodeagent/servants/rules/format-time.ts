/** Wall-clock times as text, in the notation of `strftime` that TARS names log files with. */

import { civilDate, type CivilDate } from '../../../registry/civil-date.ts';

interface WallClock extends CivilDate {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

function readClock(localSeconds: number): WallClock {
  const dayNumber = Math.floor(localSeconds / 86_400);
  const inDay = localSeconds - dayNumber * 86_400;
  return {
    ...civilDate(dayNumber),
    hour: Math.floor(inDay / 3600),
    minute: Math.floor(inDay / 60) % 60,
    second: Math.floor(inDay) % 60,
  };
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/**
 * `localSeconds` are seconds since 1970 on the machine's wall clock. Knows the letters
 * `Y m d H M S y F T` and `%%`; any other stays as it is written, without the `%`.
 */
export function formatTime(localSeconds: number, format: string): string {
  const clock = readClock(localSeconds);
  const year = String(clock.year).padStart(4, '0');
  const parts: Readonly<Record<string, string>> = {
    Y: year,
    y: year.slice(-2),
    m: two(clock.month),
    d: two(clock.day),
    H: two(clock.hour),
    M: two(clock.minute),
    S: two(clock.second),
    F: `${year}-${two(clock.month)}-${two(clock.day)}`,
    T: `${two(clock.hour)}:${two(clock.minute)}:${two(clock.second)}`,
    '%': '%',
  };
  return format.replaceAll(/%(.)/gu, (_whole, letter: string) =>
    Object.hasOwn(parts, letter) ? (parts[letter] ?? '') : letter,
  );
}
