/** Encrypts a value for the machines that may read it. */

import { armor, Encrypter } from 'age-encryption';
import { TarsierError } from '../../errors/tarsier-error.ts';

/** As text that a Secret object holds, with a line end. */
export async function encryptValue(value: string, recipients: readonly string[]): Promise<string> {
  if (value === '') {
    throw new TarsierError('USAGE', 'There is nothing to encrypt: the value is empty.', {
      hint: 'Write the value to standard input, or type it when you are asked.',
    });
  }
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (error) {
      throw new TarsierError('USAGE', `${JSON.stringify(recipient)} is not a public key of age.`, {
        hint: 'Give what `tarsctl secret keygen` printed; it begins with age1.',
        cause: error,
      });
    }
  }
  const text = armor.encode(await encrypter.encrypt(value));
  return text.endsWith('\n') ? text : `${text}\n`;
}
