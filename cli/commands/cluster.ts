/** `tarsctl cluster`: makes the files by which several controllers are one control plane. */

import type { Command } from 'commander';
import { parseMember } from '../cluster/parse-member.ts';
import type { ClusterMember } from '../../controller/cluster/cluster-file.ts';
import type { ContextSource } from '../program.ts';

const memberHelp = `
A member is written NAME=HOST[:API_PORT[:ENGINE_PORT:ROUTE_PORT]], such as a=10.0.0.1 or a=[fd00::1]:7400.
The ports are 7400, 7422 and 7423 unless they are given.

Take 3 or 5 members: with 2n+1 of them, n may fail. The files hold keys and passwords; the key of the
authority (ca.key) belongs on none of the members.`;

export function addCluster(program: Command, context: ContextSource): void {
  const cluster = program
    .command('cluster')
    .description('make the files of a control plane of several controllers');
  addInit(cluster, context);
  addMemberCommand(cluster, context);
  addRemoveCommand(cluster, context);
  cluster
    .command('renew')
    .description('make new certificates for all members, before theirs run out')
    .requiredOption('--dir <folder>', 'folder that cluster init wrote')
    .action(async ({ dir }: { dir: string }) => {
      const { renewFiles } = await import('../cluster/renew-files.ts');
      await renewFiles(dir, context());
    });
}

function addInit(cluster: Command, context: ContextSource): void {
  cluster
    .command('init')
    .description('make a certificate authority, and a file for each member')
    .requiredOption('--name <name>', 'name of the cluster')
    .requiredOption(
      '--member <name=host>',
      'a member, once for each',
      (text: string, before: ClusterMember[] = []) => [...before, parseMember(text)],
    )
    .option('--out <folder>', 'where to write them (default: NAME-cluster)')
    .addHelpText('after', memberHelp)
    .action(async (options: { name: string; member: ClusterMember[]; out?: string }) => {
      const { initCluster } = await import('../cluster/init-cluster.ts');
      await initCluster(options.name, options.member, options.out, context());
    });
}

function addMemberCommand(cluster: Command, context: ContextSource): void {
  cluster
    .command('add-member')
    .description('make a file for a further member, and name it in the others')
    .argument('<name=host>', 'the new member', parseMember)
    .requiredOption('--dir <folder>', 'folder that cluster init wrote')
    .addHelpText('after', memberHelp)
    .action(async (member: ClusterMember, { dir }: { dir: string }) => {
      const { addMemberFile } = await import('../cluster/add-member-file.ts');
      await addMemberFile(dir, member, context());
    });
}

function addRemoveCommand(cluster: Command, context: ContextSource): void {
  cluster
    .command('remove-member')
    .description('take a member that will not come back out of the engine and the files')
    .argument('<name>', 'the member; its controller is stopped')
    .requiredOption('--dir <folder>', 'folder that cluster init wrote')
    .option('--files-only', 'leave the engine as it is')
    .action(async (name: string, options: { dir: string; filesOnly?: boolean }) => {
      const { removeMemberFile } = await import('../cluster/remove-member-file.ts');
      await removeMemberFile(name, options, context());
    });
}
