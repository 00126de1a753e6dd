/** Wall-clock times as text, in the notation of `strftime` that TARS names log files with. */

interface WallClock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** Proleptic Gregorian calendar, by eras of 400 years that begin on 1 March. */
function readClock(localSeconds: number): WallClock {
  const dayNumber = Math.floor(localSeconds / 86_400);
  const inDay = localSeconds - dayNumber * 86_400;
  const shifted = dayNumber + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
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
