/** Takes a member that will not come back out of the engine, and out of the files. */

import { createConnection } from 'node:net';
import { connect } from '@nats-io/transport-node';
import {
  clusterFileName,
  readClusterFolder,
  removeClusterFile,
  writeClusterFiles,
} from '../../controller/cluster/cluster-folder.ts';
import type { ClusterFile, ClusterMember } from '../../controller/cluster/cluster-file.ts';
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
  const gone = cluster.files[0]?.members.find((member) => member.name === name);
  if (first !== undefined && filesOnly !== true) await removeFromEngine(first, gone);
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
async function removeFromEngine(file: ClusterFile, gone: ClusterMember | undefined): Promise<void> {
  if (gone === undefined) return;
  const { name } = gone;
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
    const isListed = members.some((member) => member.name === name && member.isOnline);
    // The engine takes minutes to call a member offline; whether it takes connections shows at once.
    if (isListed && (await listens(gone))) {
      throw new TarsierError('USAGE', `The engine of member ${name} runs: it would come back.`, {
        hint: `Stop the controller of ${name} first; if that was killed, its nats-server goes on: stop it, too.`,
      });
    }
    await removeEngineMember(client, name);
  } finally {
    await client.close();
  }
}

function listens({ host, enginePort }: ClusterMember): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port: enginePort, timeout: 3_000 });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}
