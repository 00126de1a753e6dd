/** `tarsctl dev`: a whole fleet in one terminal, for a laptop. */

import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { join, resolve } from 'node:path';
import { tmpdir, userInfo } from 'node:os';
import { createHash } from 'node:crypto';
import { defined } from '../defined.ts';

interface DevCommandOptions {
  readonly packages?: string;
  readonly branch?: string;
  readonly path?: string;
  readonly port: number;
  readonly nodes?: string[];
  readonly keep: boolean;
}

export function addDev(program: Command): void {
  program
    .command('dev')
    .description('run a repository on this machine: a controller and an agent for each node')
    .argument('[repository]', 'Git repository on this machine', '.')
    .option('--packages <folder>', 'take packages from <folder>/<name>/<version>/')
    .option('--branch <name>', 'branch to follow (default: the one that is checked out)')
    .option('--path <folder>', 'folder of the repository that holds the objects')
    .option('--port <number>', 'port of API and agents', parsePort, 7400)
    .option('--nodes <names...>', 'only these nodes get an agent')
    .option('--keep', 'leave the services running at the end', false)
    .action(async (repository: string, options: DevCommandOptions, command: Command) => {
      const { runDev } = await import('../dev/run-dev.ts');
      const { data } = command.optsWithGlobals<{ data?: string }>();
      await runDev({
        repository,
        dataDir: data ?? defaultDevData(repository),
        port: options.port,
        keep: options.keep,
        ...defined({
          packagesDir: options.packages,
          branch: options.branch,
          path: options.path,
          nodes: options.nodes,
        }),
      });
    });
}

/** One folder for each repository, so that a second run finds what the first one left. */
function defaultDevData(repository: string): string {
  const id = createHash('sha256').update(resolve(repository)).digest('hex').slice(0, 8);
  return join(tmpdir(), `tarsier-dev-${userInfo().username}-${id}`);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('Write a number from 0 to 65535; 0 lets the machine choose.');
  }
  return port;
}
