/** Makes new certificates for the members of a cluster that was written before. */

import { certificateEnd } from '../../controller/cluster/check-cluster.ts';
import { readClusterFolder, writeClusterFiles } from '../../controller/cluster/cluster-folder.ts';
import { renewCertificates } from '../../controller/cluster/create-cluster.ts';
import type { CliContext } from '../context.ts';
import { copyCommand } from './next-steps.ts';

export async function renewFiles(
  folder: string,
  { stdout }: Pick<CliContext, 'stdout'>,
): Promise<void> {
  const now = new Date();
  const files = await renewCertificates(await readClusterFolder(folder, now), now);
  await writeClusterFiles(folder, files);
  stdout.write(
    [
      'Wrote new certificates:',
      ...files.map(({ member, tls }) => `  ${member.padEnd(12)} until ${dayOf(tls.cert)}`),
      '',
      'Next, one member after the other, each restarted before the next:',
      ...files.flatMap(({ member, members }) =>
        members
          .filter(({ name }) => name === member)
          .map((found) => `  ${copyCommand(folder, found)}`),
      ),
      '',
    ].join('\n'),
  );
}

function dayOf(pem: string): string {
  return certificateEnd(pem).toISOString().slice(0, 10);
}
