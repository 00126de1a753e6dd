/** `tarsctl secret`: keys of machines, and values that only those machines can read. */

import type { Command } from 'commander';
import { join } from 'node:path';
import { defaultDataDir } from '../context.ts';
import type { ContextSource } from '../program.ts';

const encryptHelp = `
The value is read from standard input (one line end at its end is taken off), or asked for without
showing it. Paste the text that is printed into spec.values of a Secret object:

  kind: Secret
  metadata: { name: cart-keys }
  spec:
    values:
      cart: |
        -----BEGIN AGE ENCRYPTED FILE-----
        …

A value for several machines is encrypted with --recipient for each of their public keys.`;

export function addSecret(program: Command, context: ContextSource): void {
  const secret = program.command('secret').description('make keys, and encrypt values for Git');
  secret
    .command('keygen')
    .description('make the key that opens secrets on this machine, and print its public half')
    .argument('[file]', 'where the key is kept (default: secrets.key of the data folder)')
    .action(async (file: string | undefined, _options: object, command: Command) => {
      const { generateKey } = await import('../secret/generate-key.ts');
      const { data } = command.optsWithGlobals<{ data?: string }>();
      const folder = data ?? join(defaultDataDir, 'agent');
      await generateKey(file ?? join(folder, 'secrets.key'), context());
    });
  secret
    .command('encrypt')
    .description('encrypt one value, and print the text for a Secret object')
    .requiredOption(
      '-r, --recipient <public-key...>',
      'machines that may read it, as keygen printed',
    )
    .addHelpText('after', encryptHelp)
    .action(async ({ recipient }: { recipient: string[] }) => {
      const { encryptValue } = await import('../secret/encrypt-value.ts');
      const { readSecretValue } = await import('../secret/read-secret-value.ts');
      const { stdout, stderr } = context();
      const value = await readSecretValue(process.stdin, stderr);
      stdout.write(await encryptValue(value, recipient));
    });
}
