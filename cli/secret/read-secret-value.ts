/** Takes a secret value from standard input, or asks for it without showing what is typed. */

import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { ReadStream } from 'node:tty';
import { TarsierError } from '../../errors/tarsier-error.ts';

export async function readSecretValue(input: ReadStream, prompts: Writable): Promise<string> {
  if (!input.isTTY) return (await text(input)).replace(/\r?\n$/, '');
  const value = await ask(input, prompts, 'Value: ');
  const again = await ask(input, prompts, 'The same once more: ');
  if (value === again) return value;
  throw new TarsierError('USAGE', 'The two values that were typed are not the same.', {
    hint: 'Try again.',
  });
}

async function ask(input: ReadStream, prompts: Writable, prompt: string): Promise<string> {
  prompts.write(prompt);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    prompts.write('\n');
  }
}
