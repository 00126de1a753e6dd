/** Reads the secret keys that open an encrypted backup. */

import { readFile } from 'node:fs/promises';
import { parseIdentities } from '../../controller/backup/age-stream.ts';
import { TarsierError } from '../../errors/tarsier-error.ts';

export async function readIdentities(file: string | undefined): Promise<readonly string[]> {
  if (file === undefined) return [];
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new TarsierError('USAGE', `Cannot read the key file ${file}.`, { cause });
  });
  return parseIdentities(text, file);
}
