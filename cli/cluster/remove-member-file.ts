/** Takes a member that will not come back out of the engine, and out of the files. */

import { connect } from '@nats-io/transport-node';
import {
  clusterFileName,
  readClusterFolder,
  removeClusterFile,
  writeClusterFiles,
} from '../../controller/cluster/cluster-folder.ts';
import type { ClusterFile } from '../../controller/cluster/cluster-file.ts';
import { removeMember } from '../../controller/cluster/create-cluster.ts';
import { engineServers, systemLogin } from '../../controller/cluster/engine-settings.ts';
import { TarsierError } from '../../errors/tarsier-error.ts';
import {
  listEngineMembers,
  removeEngineMember,
} from '../../replica/drivers/jetstream/server/engine-members.ts';
import type { CliContext } from '../context.ts';
import { memberCountNote } from './member-count.ts';
import { copyCommand } from './next-steps.ts';

export interface RemoveOptions {
  readonly dir: string;
  /** Leaves the engine as it is. */
  readonly filesOnly?: boolean;
}

export async function removeMemberFile(
  name: string,
  { dir, filesOnly }: RemoveOptions,
  { stdout, stderr }: Pick<CliContext, 'stdout' | 'stderr'>,
): Promise<void> {
  const cluster = await readClusterFolder(dir, new Date());
  const files = removeMember(cluster, name);
  const [first] = files;
  if (first !== undefined && filesOnly !== true) await removeFromEngine(first, name);
  await writeClusterFiles(dir, files);
  await removeClusterFile(dir, name);
  const note = memberCountNote(files.length);
  if (note !== undefined) stderr.write(`${note}\n`);
  stdout.write(
    [
      `Took ${name} out${filesOnly === true ? ' of the files' : ' of the engine and the files'}, and removed ${clusterFileName(name)}.`,
      '',
      'Next, one member after the other, each restarted before the next:',
      ...(first?.members.map((member) => `  ${copyCommand(dir, member)}`) ?? []),
      '',
    ].join('\n'),
  );
}

/** `file`: of a member that stays. */
async function removeFromEngine(file: ClusterFile, name: string): Promise<void> {
  const client = await connect({
    servers: [...engineServers(file)],
    ...systemLogin(file),
    timeout: 5_000,
    maxReconnectAttempts: 3,
  }).catch((cause: unknown) => {
    throw new TarsierError('ENGINE_NOT_READY', 'No member of the engine can be reached.', {
      hint: 'Run this where the engine ports of the members can be reached, or with --files-only.',
      cause,
    });
  });
  try {
    const members = await listEngineMembers(client);
    if (members.some((member) => member.name === name && member.isOnline)) {
      throw new TarsierError('USAGE', `Member ${name} runs: it would come back by itself.`, {
        hint: `Stop the controller of ${name} first.`,
      });
    }
    await removeEngineMember(client, name);
  } finally {
    await client.close();
  }
}
