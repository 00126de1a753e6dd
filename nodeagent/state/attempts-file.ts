/** Keeps the starts of an instance on disk, so that a restarted agent goes on with its back-off. */

import { noAttempts, type Attempts } from '../supervisor/decide/attempts.ts';
import { readStateFile, writeStateFile } from './state-file.ts';

const FORMAT = 'attempts-1';

/** Damage means starting the count anew: at worst an instance is tried more often than it should. */
export function readAttempts(path: string): Attempts {
  const content = readStateFile<Attempts>(path, FORMAT);
  return content.kind === 'value' ? content.value : noAttempts('');
}

export function writeAttempts(path: string, attempts: Attempts): void {
  writeStateFile(path, FORMAT, attempts);
}
