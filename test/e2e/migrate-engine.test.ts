/** A controller moves into a cluster and out of it again, with everything that it knew. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { engineSkipped, obtainNatsServer } from '../support/engine/obtain-nats-server.ts';
import { RunningCluster } from '../support/e2e/running-cluster.ts';
import { tarsctl } from '../support/e2e/tarsctl.ts';
import { oneNodeFile, serviceFile } from '../support/git/fleet-files.ts';
import { TestRepository } from '../support/git/test-repository.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { openStores } from '../../controller/open-stores.ts';

const natsServer = obtainNatsServer();
const controllerChild = join(
  import.meta.dirname,
  '..',
  'support',
  'controller',
  'controller-child.ts',
);

/** A controller that is alone, until it has taken over the repository and a package. */
async function runAlone(dataDir: string, repository: string, version: string): Promise<void> {
  const child = spawn(process.execPath, [controllerChild, dataDir, repository], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [first] = (await once(child.stdout, 'data')) as [Buffer];
  const server = first.toString().trim();
  const release = join(dataDir, '..', `release-${version}`);
  mkdirSync(release, { recursive: true });
  writeFileSync(join(release, 'run.sh'), `echo ${version}\n`);
  const pushed = await tarsctl(
    ['--data', dataDir, 'patch', 'push', 'Shop.CartServer', version, release],
    { server },
  );
  expect(pushed.exitCode).toBe(0);
  const waited = await tarsctl(['--data', dataDir, 'get', 'services'], { server });
  expect(waited.exitCode).toBe(0);
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function versionsIn(dataDir: string): Promise<readonly string[]> {
  const stores = await openStores(dataDir, (error) => expect.fail(String(error)));
  const versions = [...stores.patch.state.packages.values()].flatMap((record) => [
    ...record.versions.keys(),
  ]);
  await stores.close();
  return versions;
}

it.skipIf(natsServer === undefined)(
  `keeps log, state and packages on the way into a cluster and back (${engineSkipped})`,
  async () => {
    const folder = temporaryFolder();
    const repository = join(folder, 'repository');
    new TestRepository(repository).commitFiles({
      'fleet.yaml': oneNodeFile,
      'cart.yaml': serviceFile('Shop.CartServer'),
    });
    const cluster = await RunningCluster.init({
      folder,
      repository,
      natsServer: natsServer ?? '',
      members: ['a'],
    });
    const data = cluster.dataOf('a');
    await runAlone(data, repository, '1.0.0');
    const migrate = (to: string, ...more: string[]) =>
      tarsctl([
        '--data',
        data,
        'migrate-engine',
        '--to',
        to,
        '--cluster',
        cluster.fileOf('a'),
        '--nats-server',
        natsServer ?? '',
        ...more,
      ]);

    const dry = await migrate('jetstream', '--dry-run');
    expect(dry.stdout).toContain('can be moved from embedded to jetstream; nothing was changed');
    const chains = (text: string) => text.match(/chain \w+…  state \w+…/g);
    const moved = await migrate('jetstream');
    expect(moved.stderr + moved.stdout).toContain('was moved from embedded to jetstream');
    expect(chains(moved.stdout)).toEqual(chains(dry.stdout));
    const again = await migrate('jetstream');
    expect(again.stderr).toContain('ENGINE_OTHER');

    cluster.start('a');
    await cluster.untilUp('a');
    const packages = await cluster.tarsctl('a', 'get', 'packages', '-o', 'name');
    expect(packages.stdout).toContain('Shop.CartServer:1.0.0');
    const release = join(folder, 'release-2.0.0');
    mkdirSync(release);
    writeFileSync(join(release, 'run.sh'), 'echo 2\n');
    const pushed = await cluster.tarsctl('a', 'patch', 'push', 'Shop.CartServer', '2.0.0', release);
    expect(pushed.exitCode).toBe(0);
    const busy = await migrate('embedded');
    expect(busy.exitCode).not.toBe(0);
    expect(await cluster.stop('a')).toBe(0);

    const back = await migrate('embedded');
    expect(back.stderr + back.stdout).toContain('was moved from jetstream to embedded');
    expect(await versionsIn(data)).toEqual(['1.0.0', '2.0.0']);
    await runAlone(data, repository, '3.0.0');
    expect(await versionsIn(data)).toEqual(['1.0.0', '2.0.0', '3.0.0']);
  },
  180_000,
);
