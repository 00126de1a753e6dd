/** Carries a move to another engine out, and says what was found and what to do next. */

import { readClusterFile } from '../../controller/cluster/cluster-file.ts';
import { endClusterLogs } from '../../controller/migrate/end-cluster-logs.ts';
import {
  migrateToEmbedded,
  migrateToJetStream,
  mustBeMember,
  type Migration,
} from '../../controller/migrate/migrate-engine.ts';
import type { CliContext } from '../context.ts';
import { createLogger } from '../logger.ts';
import { defined } from '../defined.ts';

export interface MigrationWish {
  readonly to: 'embedded' | 'jetstream';
  readonly cluster: string;
  readonly dataDir: string;
  readonly natsServer?: string;
  readonly engineUrl?: string;
  readonly dryRun: boolean;
}

export async function runMigration(context: CliContext, wish: MigrationWish): Promise<void> {
  const { to, dataDir, dryRun } = wish;
  const file = await readClusterFile(wish.cluster);
  if (to === 'embedded') mustBeMember(dataDir, file);
  if (to === 'embedded' && !dryRun) {
    context.stderr.write('Ending the logs in the engine; the other members stop …\n');
    await endClusterLogs({
      file,
      dataDir,
      logger: createLogger('engine'),
      ...defined({ serverBinary: wish.natsServer, externalUrl: wish.engineUrl }),
    });
  }
  context.stderr.write('Verifying every entry …\n');
  const migration =
    to === 'embedded'
      ? await migrateToEmbedded({ dataDir, dryRun })
      : await migrateToJetStream({ dataDir, dryRun }, file);
  context.stdout.write(describeMigration(migration, wish));
}

function describeMigration(
  { from, stores }: Migration,
  { to, dataDir, cluster, dryRun }: MigrationWish,
): string {
  const lines = stores.map(
    ({ store, sequence, kept, hash, stateDigest }) =>
      `  ${store.padEnd(8)}  entry ${sequence} (${kept} kept)  chain ${hash.slice(0, 12)}…  state ${stateDigest.slice(0, 12)}…`,
  );
  const head = dryRun
    ? `${dataDir} can be moved from ${from} to ${to}; nothing was changed:`
    : `${dataDir} was moved from ${from} to ${to}; log and state are the same as before:`;
  const next =
    to === 'jetstream'
      ? [
          `Next: tarsctl --data ${dataDir} controller --cluster ${cluster} --repo URL`,
          'and start the other members with empty data folders: the first start needs all of them.',
        ]
      : [
          `Next: tarsctl --data ${dataDir} controller --repo URL --listen HOST:PORT --tls-cert FILE --tls-key FILE`,
          'with the address and a certificate that agents know: they look for it at the URL of this member.',
          'The other members have stopped; keep them off, and remove their data folders.',
        ];
  return `${[head, ...lines, ...(dryRun ? [] : ['', ...next])].join('\n')}\n`;
}
