/** `tarsctl patch`: the packages that services run. */

import type { Command } from 'commander';
import type { ContextSource } from '../program.ts';

interface PushFlags {
  readonly comment?: string;
  readonly default?: boolean;
}

const pushHelp = `
A directory is packed first: files and folders only, without .git, .hg, .svn, .DS_Store,
node_modules/.bin and node_modules/.cache; the same content gives the same digest.
A version never changes. Pushing the same bytes again sends nothing; a push that was
broken off goes on where it stopped when the same command is given again.`;

export function addPatch(program: Command, context: ContextSource): void {
  const patch = program.command('patch').description('push, list and delete packages');
  patch
    .command('push')
    .description('store a package under a version')
    .argument('<package>', 'name, such as Shop.CartServer')
    .argument('<version>', 'version, such as 1.4.2')
    .argument('<file>', 'the package (tar.gz), or the directory to pack')
    .option('--comment <text>', 'what is in it, for people')
    .option('--default', 'make it the version that new services are told to take')
    .addHelpText('after', pushHelp)
    .action(async (name: string, version: string, file: string, flags: PushFlags) => {
      const { push } = await import('../patch/push.ts');
      await push(context(), { name, version, file, ...flags });
    });
  patch
    .command('list')
    .description('show the packages that are stored')
    .argument('[package]', 'only this one')
    .action(async (name: string | undefined) => {
      const { list } = await import('../patch/packages.ts');
      await list(context(), name);
    });
  patch
    .command('show')
    .description('show one version, and the YAML that runs it')
    .argument('<package>')
    .argument('[version]', 'the default or the newest one if not given')
    .action(async (name: string, version: string | undefined) => {
      const { show } = await import('../patch/packages.ts');
      await show(context(), name, version);
    });
  patch
    .command('delete')
    .description('delete a version that no service needs')
    .argument('<package>')
    .argument('<version>')
    .action(async (name: string, version: string) => {
      const { remove } = await import('../patch/packages.ts');
      await remove(context(), name, version);
    });
  patch
    .command('default')
    .description('choose the version that new services are told to take')
    .argument('<package>')
    .argument('<version>')
    .action(async (name: string, version: string) => {
      const { setDefault } = await import('../patch/packages.ts');
      await setDefault(context(), name, version);
    });
}
