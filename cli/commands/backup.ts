/** `tarsctl backup`: everything that a controller must not lose, in one file. */

import type { Command } from 'commander';
import type { ContextSource } from '../program.ts';

export interface BackupFlags {
  readonly recipient?: readonly string[];
  readonly includeTokens?: boolean;
  readonly directory?: boolean;
}

const backupHelp = `
From a running controller, with the admin token (tokens/admin in its data folder), or, with
--data FOLDER and no --server, from the folder of one that does not run.

Examples:
  tarsctl backup /backups/tarsier-$(date +%F).tar.age --recipient age1…
  tarsctl backup --data /var/lib/tarsier /backups/before-the-move.tar
  tarsctl restore --drill /backups/tarsier-2026-11-27.tar.age --identity key.txt
`;

export function addBackup(program: Command, context: ContextSource): void {
  program
    .command('backup')
    .description('write registry, packages and, when asked, tokens into a verified file')
    .argument('<target>', 'file to write; it must not be there yet')
    .option('--recipient <key>', 'public key of age to encrypt for; may be repeated', collect)
    .option('--include-tokens', 'with the API tokens; only when it is encrypted')
    .option('--directory', 'write a directory of files instead of one tar')
    .addHelpText('after', backupHelp)
    .action(async (target: string, flags: BackupFlags, command: Command) => {
      const { runBackup } = await import('../backup/run-backup.ts');
      const { server, data } = command.optsWithGlobals<{ server?: string; data?: string }>();
      const isOffline =
        data !== undefined && server === undefined && process.env['TARSIER_SERVER'] === undefined;
      await runBackup(context(), {
        target,
        recipients: flags.recipient ?? [],
        includeTokens: flags.includeTokens === true,
        asDirectory: flags.directory === true,
        ...(isOffline ? { offlineDataDir: data } : {}),
      });
    });
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
