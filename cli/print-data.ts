/** Prints what programs read: JSON or YAML. */

import type { Writable } from 'node:stream';

export type DataFormat = 'json' | 'yaml';

export async function printData(
  stdout: Writable,
  format: DataFormat,
  value: unknown,
): Promise<void> {
  if (format === 'json') {
    stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
    return;
  }
  const { stringify } = await import('yaml');
  stdout.write(stringify(value, { aliasDuplicateObjects: false }));
}
