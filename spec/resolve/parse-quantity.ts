/** Sizes and durations as people write them. The schema has checked their form. */

const bytesPerUnit: Readonly<Record<string, number>> = {
  '': 1,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
};

const millisecondsPerUnit: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** `512Mi` → 536870912. */
export function parseSizeBytes(size: string): number {
  return parseWithUnit(size, bytesPerUnit);
}

/** `10m` → 600000. */
export function parseDurationMs(duration: string): number {
  return parseWithUnit(duration, millisecondsPerUnit);
}

function parseWithUnit(text: string, units: Readonly<Record<string, number>>): number {
  const digits = /^[0-9]+/.exec(text)?.[0] ?? '';
  return Number(digits) * (units[text.slice(digits.length)] ?? 1);
}
