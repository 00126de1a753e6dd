/** `tarsctl why <name>`: why is it as it is, and what would change that. */

import type { Command } from 'commander';
import { withClient } from '../client.ts';
import { selectFormat } from '../context.ts';
import { printData } from '../print-data.ts';
import type { ContextSource } from '../program.ts';

export function addWhy(program: Command, context: ContextSource): void {
  program
    .command('why')
    .description('why something is as it is, and what would change that')
    .argument('<name>', 'service, instance (service@node), node, commit, or source')
    .action(async (name: string) => {
      const format = selectFormat(context(), ['table', 'wide', 'json', 'yaml']);
      const { stdout, style } = context();
      const { item, asOf } = await withClient(context(), (client) => client.why(name));
      if (format === 'json' || format === 'yaml') return printData(stdout, format, item);
      const { renderWhy } = await import('../../registry/status/render/render-why.ts');
      stdout.write(renderWhy(item, { style, now: asOf, wide: format === 'wide' }));
      return undefined;
    });
}
