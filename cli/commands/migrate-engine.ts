/** `tarsctl migrate-engine`: from one controller to a cluster, and back. */

import { Option, type Command } from 'commander';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { defaultDataDir } from '../context.ts';
import type { ContextSource } from '../program.ts';

interface MigrateFlags {
  readonly to: 'embedded' | 'jetstream';
  readonly cluster?: string;
  readonly natsServer?: string;
  readonly engineUrl?: string;
  readonly dryRun: boolean;
}

const help = `
Stop the controller of the data folder first. Logs are verified before and after; nothing is copied.

To a cluster (the other members begin with empty data folders):
  tarsctl cluster init …
  tarsctl --data /var/lib/tarsier migrate-engine --to jetstream --cluster a.cluster.json --dry-run
  tarsctl --data /var/lib/tarsier migrate-engine --to jetstream --cluster a.cluster.json

Back to one controller (the other members still run; they stop by themselves):
  tarsctl --data /var/lib/tarsier migrate-engine --to embedded --cluster a.cluster.json
`;

export function addMigrateEngine(program: Command, context: ContextSource): void {
  program
    .command('migrate-engine')
    .description('move the data of a controller into a cluster, or out of it')
    .addOption(
      new Option('--to <engine>', 'the engine to move to')
        .choices(['embedded', 'jetstream'])
        .makeOptionMandatory(),
    )
    .option('--cluster <file>', 'file of this member, from tarsctl cluster init')
    .option('--nats-server <file>', 'the nats-server program (default: that on PATH)')
    .option('--engine-url <urls>', 'servers of the engine that you run yourself')
    .option('--dry-run', 'verify and report, and change nothing', false)
    .addHelpText('after', help)
    .action(async (flags: MigrateFlags, command: Command) => {
      const { runMigration } = await import('../migrate/run-migration.ts');
      const dataDir = command.optsWithGlobals<{ data?: string }>().data ?? defaultDataDir;
      if (flags.cluster === undefined) {
        throw new TarsierError('USAGE', 'A move needs the file of this member.', {
          hint: 'Give --cluster FILE, as tarsctl cluster init wrote it.',
        });
      }
      await runMigration(context(), { ...flags, dataDir, cluster: flags.cluster });
    });
}
