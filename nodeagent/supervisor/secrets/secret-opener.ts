/** Decrypts values of Secret objects with the identity of this machine; plain text is never kept. */

import { readFileSync } from 'node:fs';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import type { SecretValue } from '../../../spec/desired-state.ts';

/** `where` names what needs the value, such as `servant CartObj of Shop.CartServer`. */
export type SecretOpener = (value: SecretValue, where: string) => Promise<string>;

/** The file is read anew each time: a key that is put there later is found at the next try. */
export function secretOpener(identityFile: string): SecretOpener {
  return async (value, where) => {
    if ('plain' in value) return value.plain;
    const name = `Secret ${value.secret}, key ${value.key}`;
    const identities = readIdentities(identityFile, `${name}, for ${where}`);
    // Most agents have no secrets to open, and do without its memory.
    const { armor, Decrypter, identityToRecipient } = await import('age-encryption');
    const decrypter = new Decrypter();
    for (const identity of identities) decrypter.addIdentity(identity);
    try {
      return await decrypter.decrypt(armor.decode(value.ciphertext), 'text');
    } catch (error) {
      const publicKeys = await Promise.all(identities.map((one) => identityToRecipient(one)));
      throw new TarsierError(
        'AGENT_SECRET_UNREADABLE',
        `Cannot open ${name}, for ${where}: it is damaged, or not encrypted for this machine (${publicKeys.join(', ')}). Encrypt it with \`tarsctl secret encrypt --recipient\` for that key, or put the right key into ${identityFile}.`,
        { cause: error },
      );
    }
  };
}

function readIdentities(path: string, what: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new TarsierError(
      'AGENT_SECRET_KEY_MISSING',
      `Cannot open ${what}: the key of this machine, ${path}, cannot be read (${(error as NodeJS.ErrnoException).code}). Make one with \`tarsctl secret keygen ${path}\` and encrypt for it, or put the right key there.`,
    );
  }
  const lines = text.split('\n').map((line) => line.trim());
  const identities = lines.filter((line) => /^AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]+$/.test(line));
  if (identities.length > 0) return identities;
  throw new TarsierError(
    'AGENT_SECRET_KEY_MISSING',
    `Cannot open ${what}: ${path} holds no line AGE-SECRET-KEY-1…. Make a key with \`tarsctl secret keygen\`, or put the right one there.`,
  );
}
