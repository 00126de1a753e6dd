/** Adds a member to a cluster that was written before. */

import { readClusterFolder, writeClusterFiles } from '../../controller/cluster/cluster-folder.ts';
import type { ClusterMember } from '../../controller/cluster/cluster-file.ts';
import { addMember } from '../../controller/cluster/create-cluster.ts';
import type { CliContext } from '../context.ts';
import { memberCountNote } from './member-count.ts';
import { copyCommand, firstStart } from './next-steps.ts';

export async function addMemberFile(
  folder: string,
  member: ClusterMember,
  { stdout, stderr }: Pick<CliContext, 'stdout' | 'stderr'>,
): Promise<void> {
  const now = new Date();
  const cluster = await readClusterFolder(folder, now);
  const files = await addMember(cluster, member, now);
  await writeClusterFiles(folder, files);
  const note = memberCountNote(files.length);
  if (note !== undefined) stderr.write(`${note}\n`);
  const others = files[0]?.members.filter(({ name }) => name !== member.name) ?? [];
  stdout.write(
    [
      `Wrote the file of ${member.name}, and named it in those of ${others.map(({ name }) => name).join(', ')}.`,
      '',
      'Next:',
      `  ${copyCommand(folder, member)}`,
      `and on ${member.host}, as the user of the controller:`,
      ...firstStart.map((command) => `  ${command}`),
      'then the others, one after the other, each restarted before the next:',
      ...others.map((other) => `  ${copyCommand(folder, other)}`),
      '',
    ].join('\n'),
  );
}
