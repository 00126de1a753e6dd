/** The hostile bytes of `test/fixtures/tars-corpus/`, each named by its file. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { fromHex } from './hex.ts';

const folder = fileURLToPath(new URL('../../fixtures/tars-corpus/', import.meta.url));

export interface HostileBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export const hostileCorpus: readonly HostileBytes[] = readdirSync(folder)
  .filter((file) => file.endsWith('.hex'))
  .map((file) => ({
    name: file.replace('.hex', ''),
    bytes: fromHex(readFileSync(join(folder, file), 'utf8')),
  }));
