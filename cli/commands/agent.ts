/** `tarsctl agent`: the agent of one node. Its services outlive it. */

import { InvalidArgumentError, Option, type Command } from 'commander';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { defaultDataDir } from '../context.ts';
import { defined } from '../defined.ts';
import { readVersion } from '../version.ts';
import type { ServantsWish } from '../../nodeagent/state/servants-port.ts';
import type { ContextSource } from '../program.ts';

interface AgentOptions {
  readonly node: string;
  readonly controller: readonly string[];
  readonly ca?: string;
  readonly secretsKey?: string;
  readonly nodeAgent?: string;
  readonly servants: ServantsWish;
}

const defaultController = 'http://127.0.0.1:7400';
const defaultControllers: readonly string[] = [defaultController];

/** The port that services of TARS know their node by. */
const defaultServants: ServantsWish = { host: '127.0.0.1', port: 19_386 };

export function addAgent(program: Command, context: ContextSource): void {
  program
    .command('agent')
    .description('run the agent of a node: it starts services and keeps them running')
    .requiredOption('--node <name>', 'name of the Node object in the repository')
    .addOption(
      new Option(
        '--controller <urls...>',
        'controllers to connect to, also separated by commas; one is enough to learn of the others',
      )
        .argParser(addUrls)
        .default(defaultControllers, defaultController),
    )
    .option('--ca <file>', 'certificate authority of the controller, in PEM')
    .option(
      '--secrets-key <file>',
      'key that opens secrets (default: secrets.key of the data folder)',
    )
    .option('--node-agent <folder>', 'node-agent for Tars.js services whose package brings none')
    .addOption(
      new Option(
        '--servants <host:port>',
        'where TARS services find the framework; port auto: one from the range of the node',
      )
        .argParser(parseServants)
        .default(defaultServants, '127.0.0.1:19386'),
    )
    .addHelpText(
      'after',
      '\nServices go on when the agent stops, and are found again when it starts.\n' +
        'The token is that of <controller data>/tokens/agent; give it with --token-file.',
    )
    .action(async (options: AgentOptions, command: Command) => {
      const { keepMemorySmall } = await import('../../nodeagent/small-memory.ts');
      keepMemorySmall();
      const { startAgent } = await import('../../nodeagent/main.ts');
      const { createLogger } = await import('../logger.ts');
      const { untilStopped } = await import('../until-stopped.ts');
      const token = context().token('agent');
      if (token === undefined) {
        throw new TarsierError('USAGE', 'The agent has no token to show to the controller.', {
          hint: 'Copy <controller data>/tokens/agent to this machine and give it with --token-file.',
        });
      }
      const dataDir =
        command.optsWithGlobals<{ data?: string }>().data ?? join(defaultDataDir, 'agent');
      const agent = await startAgent({
        node: options.node,
        controllerUrls: options.controller,
        token,
        dataDir,
        logger: createLogger('agent'),
        agentVersion: readVersion(),
        servants: options.servants,
        ...(options.ca === undefined ? {} : { ca: readFileSync(options.ca, 'utf8') }),
        ...defined({ secretsKeyFile: options.secretsKey, nodeAgentPath: options.nodeAgent }),
      });
      await untilStopped();
      await agent.close({ stopServices: false });
    });
}

/** Each use of the option adds to the ones before; the default is not one of them. */
function addUrls(text: string, before: readonly string[]): readonly string[] {
  const urls = text.split(',').map((url) => url.trim());
  for (const url of urls) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw new InvalidArgumentError('Write it as http://host:port or https://host:port.');
    }
  }
  return before === defaultControllers ? urls : [...before, ...urls];
}

function parseServants(text: string): ServantsWish {
  const [, host = '', port = ''] = /^(.+):(\d{1,5}|auto)$/.exec(text) ?? [];
  // TARS libraries take an endpoint apart at `-` and `:`.
  if (host === '' || /[-:]/.test(host) || Number(port) > 65_535) {
    throw new InvalidArgumentError(
      'Write it as HOST:PORT, such as 127.0.0.1:19386, or 127.0.0.1:auto; the host is an IPv4 address or a name without "-".',
    );
  }
  return { host, port: port === 'auto' ? 'auto' : Number(port) };
}
