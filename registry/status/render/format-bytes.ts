/** Sizes for people, in powers of 1024: `512 B`, `1.5 KiB`, `20 MiB`. */

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

export function formatBytes(sizeBytes: number): string {
  const power = sizeBytes < 1 ? 0 : Math.floor(Math.log2(sizeBytes) / 10);
  const index = Math.min(units.length - 1, power);
  const value = sizeBytes / 1024 ** index;
  const digits = index === 0 || value >= 10 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[index]}`;
}
