/** `tarsctl init`: writes a new repository with comments that teach. */

import type { Command } from 'commander';
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { simpleGit } from 'simple-git';
import { TarsierError } from '../../errors/tarsier-error.ts';
import type { ContextSource } from '../program.ts';

const starter = fileURLToPath(new URL('../../cluster-examples/starter/', import.meta.url));
const schemas = fileURLToPath(new URL('../../schemas/', import.meta.url));

export function addInit(program: Command, context: ContextSource): void {
  program
    .command('init')
    .description('write a new repository with a cluster, a node and a service to start from')
    .argument('[folder]', 'where to write it', '.')
    .option('--no-git', 'only write the files')
    .action(async (folder: string, options: { git: boolean }) => {
      const { stdout } = context();
      const target = resolve(folder);
      writeStarter(target);
      if (options.git) await commitStarter(target);
      stdout.write(
        [
          `Wrote a repository to ${target}:`,
          '  cluster.yaml           settings of the whole fleet',
          '  nodes.yaml             a data centre and its machines',
          '  services/clock.yaml    the first service',
          '',
          'Next:',
          `  tarsctl dev ${folder}        run it on this machine`,
          `  tarsctl validate ${folder}   check it after an edit`,
          '',
        ].join('\n'),
      );
    });
}

function writeStarter(target: string): void {
  if (existsSync(target) && readdirSync(target).some((name) => name !== '.git')) {
    throw new TarsierError(
      'USAGE',
      `Cannot write a new repository to ${target}: it is not empty.`,
      {
        hint: 'Name a new folder: tarsctl init my-fleet',
      },
    );
  }
  mkdirSync(target, { recursive: true });
  cpSync(starter, target, { recursive: true });
  // Editors read the schemas through the first line of each file.
  mkdirSync(join(target, '.schemas'));
  for (const name of readdirSync(schemas)) {
    if (name.endsWith('.schema.json')) cpSync(join(schemas, name), join(target, '.schemas', name));
  }
}

async function commitStarter(target: string): Promise<void> {
  const git = simpleGit(target);
  if (!existsSync(join(target, '.git'))) await git.init(['--initial-branch=main']);
  await git.add('.');
  const name = (await git.getConfig('user.name')).value;
  const identity =
    name === null ? { 'user.name': 'tarsctl', 'user.email': 'tarsctl@localhost' } : {};
  for (const [key, value] of Object.entries(identity)) await git.addConfig(key, value);
  await git.commit('Start the fleet');
}
