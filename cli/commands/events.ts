/** `tarsctl events`: the history, and what happens now. */

import type { Command } from 'commander';
import { withClient } from '../client.ts';
import { selectFormat, type CliContext } from '../context.ts';
import { defined } from '../defined.ts';
import { printData } from '../print-data.ts';
import type { ContextSource } from '../program.ts';
import type { EventResource } from '../../registry/status/resources.ts';
import { formatUtc } from '../../registry/status/render/format-time.ts';
import { cleanLine } from '../../registry/status/render/clean-text.ts';

interface EventsOptions {
  readonly follow: boolean;
  readonly service?: string;
  readonly node?: string;
}

export function addEvents(program: Command, context: ContextSource): void {
  program
    .command('events')
    .description('what happened, oldest first')
    .option('-f, --follow', 'go on with what happens from now on', false)
    .option('--service <name>', 'only of this service')
    .option('--node <name>', 'only of this node')
    .action(async ({ follow, ...filters }: EventsOptions) => {
      await (follow ? followEvents : listEvents)(context(), defined(filters));
    });
}

type Filters = Readonly<Record<string, string>>;

async function listEvents(context: CliContext, filters: Filters): Promise<void> {
  const format = selectFormat(context, ['table', 'wide', 'json', 'yaml']);
  const { items } = await withClient(context, (client) => client.list('events', filters));
  if (format === 'json' || format === 'yaml') return printData(context.stdout, format, { items });
  for (const event of items) print(context, event);
  return undefined;
}

async function followEvents(context: CliContext, filters: Filters): Promise<void> {
  const format = selectFormat(context, ['table', 'json']);
  await withClient(context, async (client) => {
    for await (const { items } of client.watch('events', { filters })) {
      for (const event of items) {
        if (format === 'json') context.stdout.write(`${JSON.stringify(event)}\n`);
        else print(context, event);
      }
    }
  });
}

function print({ stdout, style }: CliContext, event: EventResource): void {
  const paint = { info: style.faint, warning: style.warn, error: style.bad }[event.severity];
  const { kind, name } = event.subject;
  const subject = kind === 'Commit' ? name.slice(0, 7) : name;
  stdout.write(
    `${style.faint(formatUtc(event.at))}  ${paint(event.reason.padEnd(18))} ${style.strong(cleanLine(subject))}  ${cleanLine(event.message)}\n`,
  );
}
