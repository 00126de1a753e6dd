/** `tarsctl server`: what is said to the running instances of a service. */

import type { Command } from 'commander';
import { cleanLine, cleanText } from '../../registry/status/render/clean-text.ts';
import type { CommandResultItem } from '../../sdk/typescript/command-client.ts';
import { selectFormat, type CliContext } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { printData } from '../print-data.ts';
import type { ContextSource } from '../program.ts';

const notifyHelp = `
Every running instance is asked, and each answers on a line of its own. The exit status is 1 when
one of them refused, failed, or did not answer. Needs the publish token, as tarsctl patch does.

Commands that TARS libraries know, among others:
  "tars.help"                    the commands of this service
  "tars.loadconfig cart.conf"    fetch a configuration file again
  "tars.setloglevel DEBUG"       log more, or less
  "tars.viewstatus"              what the service says of itself

Formats: -o text (default), json, yaml.`;

export function addServer(program: Command, context: ContextSource): void {
  const server = program.command('server').description('speak to running services');
  server
    .command('notify')
    .description('hand a command to the running instances of a service')
    .argument('<service>', 'such as Shop.CartServer')
    .argument('<command>', 'one argument: quote it')
    .option('--node <name>', 'only to the instance on this node')
    .addHelpText('after', notifyHelp)
    .action(async (service: string, command: string, { node }: { readonly node?: string }) => {
      const format = selectFormat(context(), ['text', 'json', 'yaml']);
      const { serverUrl, token, stdout } = context();
      const { CommandClient } = await import('../../sdk/typescript/command-client.ts');
      const client = new CommandClient({ serverUrl, publishToken: token('publish') });
      const items = await client.send({ service, command, node });
      if (format === 'text') printResults(context(), items);
      else await printData(stdout, format, { items });
      if (items.some(({ ok }) => !ok)) process.exitCode = exitCodes.error;
    });
}

function printResults({ stdout, style }: CliContext, items: readonly CommandResultItem[]): void {
  const width = Math.max(...items.map(({ instance }) => instance.length));
  for (const { instance, ok, text, code } of items) {
    const mark = ok ? style.good('ok') : style.bad(code === undefined ? 'failed' : code);
    const [first = '', ...more] = cleanText(text).trimEnd().split('\n');
    stdout.write(`${cleanLine(instance).padEnd(width)}  ${mark}  ${first}\n`);
    for (const line of more) stdout.write(`${' '.repeat(width + 2)}${line}\n`);
  }
}
