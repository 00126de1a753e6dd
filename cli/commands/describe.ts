/** `tarsctl describe <kind> <name>`: one object in full, with its conditions and last events. */

import type { Command } from 'commander';
import { TarsierError } from '../../errors/tarsier-error.ts';
import type { EventResource } from '../../registry/status/resources.ts';
import type { RenderOptions } from '../../registry/status/render/style.ts';
import * as text from '../../registry/status/render/render-describe.ts';
import type { TarsierClient } from '../../sdk/typescript/client.ts';
import { withClient } from '../client.ts';
import { selectFormat, type CliContext } from '../context.ts';
import { printData } from '../print-data.ts';
import type { ContextSource } from '../program.ts';

interface Described {
  readonly item: object;
  readonly asOf: number;
  render(options: RenderOptions): string;
}

type Describe = (client: TarsierClient, name: string) => Promise<Described>;

const kinds: Readonly<Record<string, Describe>> = {
  service: describeService,
  instance: describeInstance,
  node: describeNode,
  rollout: async (client, name) => {
    // Rollouts are named by scope; a service that is in one data centre alone says which.
    const scope = name.includes('/') ? name : (await client.get('services', name)).item.scope;
    const { item, asOf } = await client.get('rollouts', scope);
    return { item, asOf, render: (options) => text.describeRolloutText(item, options) };
  },
  source: async (client) => {
    const { item, asOf } = await client.read('source');
    const { items } = await client.list('faults');
    return { item, asOf, render: (options) => text.describeSourceText(item, items, options) };
  },
  cluster: async (client) => {
    const { item, asOf } = await client.read('cluster');
    return { item, asOf, render: (options) => text.describeClusterText(item, options) };
  },
};

export function addDescribe(program: Command, context: ContextSource): void {
  program
    .command('describe')
    .description('one object in full: fields, conditions, last events')
    .argument('<kind>', Object.keys(kinds).join(', '))
    .argument('[name]', 'its name; not needed for source and cluster')
    .action(async (kind: string, name: string | undefined) => {
      const describe = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
      if (describe === undefined) {
        throw new TarsierError('USAGE', `There is no kind "${kind}" to describe.`, {
          hint: `Use one of: ${Object.keys(kinds).join(', ')}.`,
        });
      }
      if (name === undefined && kind !== 'source' && kind !== 'cluster') {
        throw new TarsierError('USAGE', `Which ${kind}?`, {
          hint: `tarsctl get ${kind}s lists them; then: tarsctl describe ${kind} NAME`,
        });
      }
      await print(context(), (client) => describe(client, name ?? ''));
    });
}

async function print(
  context: CliContext,
  fetch: (client: TarsierClient) => Promise<Described>,
): Promise<void> {
  const format = selectFormat(context, ['table', 'wide', 'json', 'yaml']);
  const { item, asOf, render } = await withClient(context, fetch);
  if (format === 'json' || format === 'yaml') return printData(context.stdout, format, item);
  const options = { style: context.style, now: asOf, wide: format === 'wide' };
  context.stdout.write(render(options));
  return undefined;
}

async function describeService(client: TarsierClient, name: string): Promise<Described> {
  const { item, asOf } = await client.get('services', name);
  const { service, dataCenter, scope } = item;
  const { items } = await client.list('instances', { service, dataCenter });
  const ids = new Set(items.map(({ id }) => id));
  const events = await eventsAbout(client, (subject) => subject === scope || ids.has(subject));
  const related = { instances: items, events };
  return { item, asOf, render: (options) => text.describeServiceText(item, related, options) };
}

async function describeInstance(client: TarsierClient, name: string): Promise<Described> {
  const { item, asOf } = await client.get('instances', name);
  const events = await eventsAbout(client, (subject) => subject === item.id);
  return { item, asOf, render: (options) => text.describeInstanceText(item, { events }, options) };
}

async function describeNode(client: TarsierClient, name: string): Promise<Described> {
  const { item, asOf } = await client.get('nodes', name);
  const { items } = await client.list('instances', { node: name });
  const events = await eventsAbout(client, (subject) => subject === name);
  const related = { instances: items, events };
  return { item, asOf, render: (options) => text.describeNodeText(item, related, options) };
}

async function eventsAbout(
  client: TarsierClient,
  isAbout: (subject: string) => boolean,
): Promise<EventResource[]> {
  const { items } = await client.list('events');
  return items.filter(({ subject }) => isAbout(subject.name));
}
