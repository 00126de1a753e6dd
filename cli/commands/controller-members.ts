/** `tarsctl controller members`, `health` and `end-rebuild`: the controllers, and how their engine is. */

import type { Command } from 'commander';
import { cleanLine } from '../../registry/status/render/clean-text.ts';
import { renderEngine, renderMembers } from '../../registry/status/render/render-members.ts';
import { withClient } from '../client.ts';
import { selectFormat } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { printData } from '../print-data.ts';
import type { ContextSource } from '../program.ts';

export function addControllerMembers(controller: Command, context: ContextSource): void {
  controller
    .command('members')
    .description('list the controllers: who leads, who is there, how far each one is')
    .action(async () => {
      const here = context();
      const format = selectFormat(here, ['table', 'json', 'yaml']);
      const members = await withClient(here, (client) => client.members());
      if (format !== 'table') await printData(here.stdout, format, members);
      else here.stdout.write(renderMembers(members.items, { style: here.style, now: Date.now() }));
    });
  controller
    .command('end-rebuild')
    .description('wait no longer for agents that were not heard since --rebuild')
    .action(async () => {
      const { serverUrl, token, stdout } = context();
      const { endRebuild } = await import('../../sdk/typescript/rebuild-client.ts');
      const found = await endRebuild({ serverUrl, publishToken: token('publish') });
      stdout.write(`${cleanLine(found)}\n`);
    });
  controller
    .command('health')
    .description('say how the engine is; exit code 1 when something is wrong')
    .action(async () => {
      const here = context();
      const format = selectFormat(here, ['table', 'json', 'yaml']);
      const { engine } = await withClient(here, (client) => client.members());
      if (format === 'table') here.stdout.write(renderEngine(engine, here.style));
      else await printData(here.stdout, format, engine);
      if (engine.problems.length > 0) process.exitCode = exitCodes.error;
    });
}
