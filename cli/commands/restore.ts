/** `tarsctl restore`: makes the data folder of a controller out of a backup, or proves that it could. */

import type { Command } from 'commander';
import { TarsierError } from '../../errors/tarsier-error.ts';
import type { ContextSource } from '../program.ts';

interface RestoreFlags {
  readonly identity?: string;
  readonly drill?: boolean;
  readonly scratch?: string;
}

const restoreHelp = `
The folder must be empty or absent; it appears when everything in it was verified. Then start the
controller with it. A drill restores into a scratch folder, says what it found, and removes it.

Examples:
  tarsctl restore /backups/tarsier.tar --data /var/lib/tarsier
  tarsctl restore /backups/tarsier.tar.age --identity key.txt --data /var/lib/tarsier
  tarsctl restore --drill /backups/tarsier.tar
`;

export function addRestore(program: Command, context: ContextSource): void {
  program
    .command('restore')
    .description('restore a backup into an empty data folder (--data), or try it out (--drill)')
    .argument('<backup>', 'file or directory that tarsctl backup wrote')
    .option('--identity <file>', 'file with the secret key of age, for an encrypted backup')
    .option('--drill', 'only prove that it can be restored; exit status 0 or 1')
    .option(
      '--scratch <folder>',
      'where a drill works; the folder for temporary files if not given',
    )
    .addHelpText('after', restoreHelp)
    .action(async (backup: string, flags: RestoreFlags, command: Command) => {
      const { data } = command.optsWithGlobals<{ data?: string }>();
      const { identity, scratch } = flags;
      const wish = { backup, ...(identity === undefined ? {} : { identityFile: identity }) };
      if (flags.drill === true) {
        const { runDrill } = await import('../backup/run-drill.ts');
        return runDrill(context(), { ...wish, ...(scratch === undefined ? {} : { scratch }) });
      }
      if (data === undefined) {
        throw new TarsierError('USAGE', 'Where to? A backup is restored into a data folder.', {
          hint: 'Give --data FOLDER, empty or absent; or --drill to only try it out.',
        });
      }
      const { runRestore } = await import('../backup/run-restore.ts');
      return runRestore(context(), { ...wish, dataDir: data });
    });
}
