/** Encrypts and decrypts the bytes of a backup while they pass, with age. */

import { Decrypter, Encrypter } from 'age-encryption';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { backupDamaged } from './backup-errors.ts';
import { ByteReader } from './byte-reader.ts';

const AGE_LINE = 'age-encryption.org/v1\n';
/** The header of age has a line or two for each recipient, and ends with a line `--- MAC`. */
const HEADER_BYTES_MAX = 65_536;

/** `USAGE` for a recipient that is none. */
export function makeEncrypter(recipients: readonly string[]): Encrypter {
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (cause) {
      throw new TarsierError('USAGE', `${JSON.stringify(recipient)} is not a public key of age.`, {
        hint: 'Give what `tarsctl secret keygen` printed; it begins with age1.',
        cause,
      });
    }
  }
  return encrypter;
}

/** The secret keys in the text of a key file. `USAGE` when there is none. */
export function parseIdentities(text: string, file: string): readonly string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const identities = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const areKeys = identities.every((line) => {
    try {
      new Decrypter().addIdentity(line);
      return true;
    } catch {
      return false;
    }
  });
  if (areKeys && identities.length > 0) return identities;
  throw new TarsierError('USAGE', `The file ${file} does not hold secret keys of age.`, {
    hint: 'Give the file that `tarsctl secret keygen` wrote; its lines begin with AGE-SECRET-KEY-1.',
  });
}

export async function* encrypt(
  chunks: AsyncIterable<Uint8Array>,
  encrypter: Encrypter,
): AsyncGenerator<Uint8Array> {
  yield* await encrypter.encrypt(ReadableStream.from(chunks));
}

/**
 * The plain bytes, whether they were encrypted or not. `BACKUP_KEY_WRONG` when no identity fits,
 * `BACKUP_DAMAGED` when they were changed or cut.
 */
export async function* decryptWhenNeeded(
  chunks: AsyncIterable<Uint8Array>,
  identities: readonly string[],
  where: string,
): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(chunks);
  try {
    const head = await takeHead(reader);
    if (!head.subarray(0, AGE_LINE.length).equals(Buffer.from(AGE_LINE))) {
      yield head;
      yield* restOf(reader);
      return;
    }
    if (!head.includes('\n--- ')) throw backupDamaged(where, 'its header of age is damaged');
    yield* decrypt(head, reader, identities, where);
  } finally {
    await reader.close();
  }
}

async function* decrypt(
  head: Uint8Array,
  reader: ByteReader,
  identities: readonly string[],
  where: string,
): AsyncGenerator<Uint8Array> {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  async function* all() {
    yield head;
    yield* restOf(reader);
  }
  try {
    yield* await decrypter.decrypt(ReadableStream.from(all()));
  } catch (error) {
    if (error instanceof TarsierError) throw error;
    if (error instanceof Error && error.message.startsWith('no identity matched')) {
      throw wrongKey(where, identities.length);
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw backupDamaged(where, `it cannot be decrypted (${reason})`, error);
  }
}

async function takeHead(reader: ByteReader): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for (let left = HEADER_BYTES_MAX; left > 0;) {
    const some = await reader.takeSome(left);
    if (some === undefined) break;
    parts.push(some);
    left -= some.length;
  }
  return Buffer.concat(parts);
}

async function* restOf(reader: ByteReader): AsyncGenerator<Uint8Array> {
  for (;;) {
    const some = await reader.takeSome(HEADER_BYTES_MAX);
    if (some === undefined) return;
    yield some;
  }
}

function wrongKey(where: string, tried: number): TarsierError {
  const message =
    tried === 0
      ? `The backup ${where} is encrypted, and no key was given.`
      : `The backup ${where} is encrypted for other keys than the ${tried} given.`;
  return new TarsierError('BACKUP_KEY_WRONG', message, { details: { backup: where, tried } });
}
