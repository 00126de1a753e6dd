/** `tarsctl get <list>`: tables of everything the API lists. */

import type { Command } from 'commander';
import { TarsierError } from '../../errors/tarsier-error.ts';
import type { ListedResources, ListName } from '../../registry/status/resources.ts';
import { withClient } from '../client.ts';
import { selectFormat, type CliContext } from '../context.ts';
import { defined } from '../defined.ts';
import { printData } from '../print-data.ts';
import type { ContextSource } from '../program.ts';

interface GetOptions {
  readonly dataCenter?: string;
  readonly service?: string;
  readonly node?: string;
  readonly health?: string;
  readonly label?: string;
  readonly watch: boolean;
}

const lists: readonly ListName[] = [
  'services',
  'instances',
  'nodes',
  'endpoints',
  'rollouts',
  'revisions',
  'packages',
  'events',
  'faults',
  'problems',
  'notifications',
  'reports',
];

export function addGet(program: Command, context: ContextSource): void {
  program
    .command('get')
    .description('list services, instances, nodes, endpoints, rollouts, packages, events, faults …')
    .argument('<list>', lists.join(', '))
    .option('--data-center <name>', 'only in this data centre')
    .option('--service <name>', 'only of this service')
    .option('--node <name>', 'only on this node')
    .option('--health <word>', 'only with this health, such as Down')
    .option('--label <key=value>', 'only with this label')
    .option('-w, --watch', 'go on and print what changes', false)
    .addHelpText('after', '\nFormats: -o table (default), wide, json, yaml, name.')
    .action(async (asked: string, options: GetOptions) => {
      const list = selectList(asked);
      const { watch, ...filters } = options;
      await (watch ? watchList : getList)(context(), list, defined(filters));
    });
}

/** Singular and plural, as people type them. */
function selectList(asked: string): ListName {
  const found = lists.find((name) => name === asked || name === `${asked}s`);
  if (found !== undefined) return found;
  throw new TarsierError('USAGE', `There is no list "${asked}".`, {
    hint: `Use one of: ${lists.join(', ')}.`,
  });
}

type Filters = Readonly<Record<string, string>>;

async function getList(context: CliContext, list: ListName, filters: Filters): Promise<void> {
  const format = selectFormat(context, ['table', 'wide', 'json', 'yaml', 'name']);
  const { items, asOf, revision } = await withClient(context, (client) =>
    client.list(list, filters),
  );
  if (format === 'json' || format === 'yaml') {
    await printData(context.stdout, format, { revision, asOf, items });
    return;
  }
  if (format === 'name') {
    for (const item of items) context.stdout.write(`${nameOf(list, item)}\n`);
    return;
  }
  const { renderList } = await import('../../registry/status/render/render-list.ts');
  const options = { style: context.style, now: asOf, wide: format === 'wide' };
  context.stdout.write(renderList(list, items as never, options));
}

async function watchList(context: CliContext, list: ListName, filters: Filters): Promise<void> {
  const format = selectFormat(context, ['table', 'wide', 'json']);
  const { renderList } = await import('../../registry/status/render/render-list.ts');
  await withClient(context, async (client) => {
    for await (const event of client.watch(list, { filters })) {
      if (format === 'json') {
        context.stdout.write(`${JSON.stringify(event)}\n`);
        continue;
      }
      const options = { style: context.style, now: event.asOf, wide: format === 'wide' };
      context.stdout.write(renderList(list, event.items as never, options));
      if (event.type === 'change') {
        for (const key of event.removed) context.stdout.write(`${context.style.bad('-')} ${key}\n`);
      }
    }
  });
}

/** One word for each item, for scripts. */
const names: { readonly [Name in ListName]: (item: ListedResources[Name]) => string } = {
  nodes: ({ name }) => name,
  services: ({ scope }) => scope,
  instances: ({ id }) => id,
  endpoints: ({ instance, servant }) => `${instance}/${servant}`,
  rollouts: ({ scope }) => scope,
  revisions: ({ digest }) => digest,
  packages: (item) => `${item.package}:${item.version}`,
  events: ({ id }) => id,
  faults: ({ code, path, line = 0, column = 0 }) => `${path}:${line}:${column}:${code}`,
  problems: ({ subject }) => `${subject.kind}/${subject.name}`,
  notifications: ({ id }) => id,
  reports: ({ kind, source }) => `${kind}/${source}`,
};

function nameOf<Name extends ListName>(list: Name, item: ListedResources[Name]): string {
  return names[list](item);
}
