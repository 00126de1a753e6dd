/** Makes the key of a machine: the secret half into a file, the public half to whoever encrypts for it. */

import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { TarsierError } from '../../errors/tarsier-error.ts';
import type { CliContext } from '../context.ts';

/** Never replaces a key: what was encrypted for it could not be read any more. */
export async function generateKey(
  file: string,
  { stdout, stderr }: Pick<CliContext, 'stdout' | 'stderr'>,
): Promise<void> {
  const identity = await generateX25519Identity();
  const publicKey = await identityToRecipient(identity);
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o711 });
    writeFileSync(file, `# public key: ${publicKey}\n${identity}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new TarsierError('USAGE', `Cannot write the key to ${file} (${code}).`, {
      hint:
        code === 'EEXIST'
          ? 'A key is there already, and is kept. Its public half is in its first line; give another file to make another one.'
          : 'Give a file in a folder that you may write to.',
      cause: error,
    });
  }
  stderr.write(`The key is in ${file}. Keep it on this machine; encrypt for its public half:\n`);
  stdout.write(`${publicKey}\n`);
}
