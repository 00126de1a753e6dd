/** `tarsctl logs <instance>`: output of a service, from its machine through the controller. */

import type { Command } from 'commander';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { cleanLine } from '../../registry/status/render/clean-text.ts';
import type { TarsierClient } from '../../sdk/typescript/client.ts';
import { withClient } from '../client.ts';
import { selectFormat, type CliContext } from '../context.ts';
import type { ContextSource } from '../program.ts';

interface LogsOptions {
  readonly follow: boolean;
  readonly tail: string;
  readonly contains?: string;
}

export function addLogs(program: Command, context: ContextSource): void {
  program
    .command('logs')
    .description('output of an instance, or of all instances of a service')
    .argument('<name>', 'instance (Shop.CartServer@node-1) or service')
    .option('-f, --follow', 'go on with what is written from now on', false)
    .option('-n, --tail <lines>', 'begin with this many last lines', '100')
    .option('-g, --contains <text>', 'only lines with this text')
    .addHelpText('after', '\nFormats: -o text (default), json (an object for each line).')
    .action(async (name: string, options: LogsOptions) => {
      const tail = Number(options.tail);
      if (!Number.isInteger(tail) || tail < 0) {
        throw new TarsierError('USAGE', `--tail needs a number of lines, not "${options.tail}".`);
      }
      await printLogs(context(), name, { ...options, tail });
    });
}

type Query = Omit<LogsOptions, 'tail'> & { readonly tail: number };

async function printLogs(context: CliContext, name: string, query: Query): Promise<void> {
  const format = selectFormat(context, ['text', 'json']);
  await withClient(context, async (client) => {
    const instances = name.includes('@') ? [name] : await instancesOf(client, name);
    const width = Math.max(...instances.map(({ length }) => length));
    const prints = instances.map(async (instance) => {
      const prefix =
        instances.length === 1 ? '' : `${context.style.accent(instance.padEnd(width))}  `;
      for await (const { lines } of client.logs(instance, query)) {
        for (const line of lines) {
          const text =
            format === 'json' ? JSON.stringify({ instance, line }) : `${prefix}${cleanLine(line)}`;
          context.stdout.write(`${text}\n`);
        }
      }
    });
    await Promise.all(prints);
  });
}

async function instancesOf(client: TarsierClient, service: string): Promise<string[]> {
  const { items } = await client.list('instances', { service });
  if (items.length > 0) return items.map(({ id }) => id);
  throw new TarsierError('USAGE', `No instance of ${service} is known.`, {
    hint: 'tarsctl get services lists what there is.',
  });
}
