/** `tarsctl source accept <commit>`: lets the controller of this machine follow a rewritten history. */

import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { defaultDataDir } from '../context.ts';
import type { ContextSource } from '../program.ts';

export function addSource(program: Command, context: ContextSource): void {
  const source = program.command('source').description('what the controller follows');
  source
    .command('accept')
    .description('accept a rewritten history, on the machine of the controller')
    .argument('<commit>', 'the new head, all 40 digits, as the status names it')
    .addHelpText('after', '\nGive the data folder of the controller with --data.')
    .action(async (commit: string, _options: object, command: Command) => {
      const { acceptRewind } = await import('../../controller/source/rewind-acceptance.ts');
      const { data } = command.optsWithGlobals<{ data?: string }>();
      const dataDir = data ?? process.env['TARSIER_DATA'] ?? defaultDataDir;
      if (!existsSync(dataDir)) {
        throw new TarsierError('USAGE', `There is no controller's data folder ${dataDir}.`, {
          hint: 'Run it on the machine of the controller, and name its folder with --data.',
        });
      }
      await acceptRewind(dataDir, commit);
      const { stdout, style } = context();
      stdout.write(
        `${style.good('✔')} ${commit.slice(0, 7)} is accepted; the controller takes it over at once.\n`,
      );
      stdout.write('Next:  tarsctl why source\n');
    });
}
