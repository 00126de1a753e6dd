/** Whatever was committed in whatever order: the registry says what a look at the whole tree says. */

import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RegistryState } from '../../../registry/model.ts';
import { checkDirectory } from '../../../spec/read/check-directory.ts';
import {
  appConfigFile,
  clusterFile,
  configFile,
  keyedFiles,
  nodesFile,
  placesFile,
  serviceFile,
} from '../../support/git/fleet-files.ts';
import { runPipeline } from '../../support/git/running-pipeline.ts';
import { TestRepository } from '../../support/git/test-repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Park and Miller; the seed is printed by the name of the test. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

const folders = ['', 'apps/', 'apps/deep/', 'Other/'];

function edit(repository: TestRepository, random: (below: number) => number): void {
  const number = random(12);
  const name = `Shop.Server${number}`;
  const at = (kind: string) => `${folders[number % folders.length]}${kind}-${number}`;
  switch (random(11)) {
    case 0:
    case 1:
      repository.git('rm', '--quiet', '--ignore-unmatch', '-f', `moved/service-${number}.yaml`);
      repository.write(
        `${at('service')}.yaml`,
        serviceFile(name, {
          type: random(2) === 0 ? 'process' : 'tars-go',
          start: `exec sleep ${random(9)}`,
          nodes: `n${random(3) + 1}`,
          configs: random(2) === 0 ? '' : 'main.conf',
        }),
      );
      repository.write(
        `${at('config')}.yaml`,
        configFile(name, 'main.conf', `main-${number}.conf`, random(2) === 0 ? [] : ['base']),
      );
      repository.write(`${at('main')}.conf`, `n=${random(5)}\n`);
      break;
    case 2:
      // With everything that would be held without it.
      for (const path of [at('service'), at('config'), `moved/service-${number}`]) {
        repository.git('rm', '--quiet', '--ignore-unmatch', '-f', `${path}.yaml`);
      }
      break;
    case 3:
      repository.write('nodes.yaml', nodesFile(3 + random(5)));
      break;
    case 4:
      repository.write('notes.txt', `note ${random(1_000)}`);
      break;
    case 8:
      repository.write('apps/places.yaml', placesFile(random(3), random(2)));
      break;
    case 9:
      repository.write('keyed.yaml', keyedFiles(`Shop.Server${number}`, random(3)));
      break;
    case 5: {
      const path = `${at('service')}.yaml`;
      if (repository.git('ls-files', '--', path) === '') break;
      // To another folder and, perhaps, back: the same content under another name.
      repository.write('moved/keep', '');
      repository.git('mv', '--force', path, `moved/service-${number}.yaml`);
      break;
    }
    case 6:
      // Referenced by some, served to all TARS services.
      repository.write(
        'Other/base.yaml',
        appConfigFile('base', '{ app: Shop }', {
          fileName: 'base.conf',
          content: `b=${random(4)}`,
        }),
      );
      break;
    case 7: {
      const group = random(4);
      const scope = `{ app: Shop, set: test.sz.${group === 0 ? '*' : group} }`;
      const content = `{ "${random(3)}": ${random(9)} }`;
      repository.write(
        `Other/limits-${group}.yaml`,
        appConfigFile(`limits-${group}`, scope, {
          fileName: 'limits.json',
          merge: 'deep',
          content,
        }),
      );
      break;
    }
    default:
      repository.write(`${at('main')}.conf`, `n=${random(50)}\n`);
  }
}

function summary(scopes: Iterable<{ scope: string; digest: string; origin: object }>): string[] {
  return Array.from(scopes, ({ scope, digest, origin }) =>
    [scope, digest, JSON.stringify(origin)].join(' '),
  ).toSorted();
}

function inForce({ scopes }: RegistryState) {
  return Array.from(scopes.values(), ({ desired }) => desired);
}

test.each([7, 4_711])('edits drawn from seed %i', async (seed) => {
  const random = randomFrom(seed);
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  const brake = '{ deletionBrake: { maxServices: 100, maxInstances: 100, maxNodes: 100 } }';
  repository.commitFiles({
    'cluster.yaml': clusterFile(brake),
    'nodes.yaml': nodesFile(3),
    'Other/base.yaml': appConfigFile('base', '{ app: Shop }', {
      fileName: 'base.conf',
      content: '',
    }),
  });
  let running = await runPipeline(folder, { url: repository.folder });
  let compared = 0;
  for (let round = 0; round < 15; round += 1) {
    for (let edits = random(3); edits >= 0; edits -= 1) edit(repository, random);
    await running.reaches(repository.commit(`round ${round}`));
    if (round === 7) {
      await running.stop();
      running = await runPipeline(folder, { url: repository.folder });
    }
    const { desired, held } = await checkDirectory(repository.folder);
    const { state } = running.registry;
    expect(state.source?.held.map(({ object }) => object.name)).toEqual(
      held.map(({ object }) => object.name),
    );
    if (held.length > 0) continue;
    compared += 1;
    expect(summary(inForce(state))).toEqual(summary(desired.scopes.values()));
    expect([...state.nodes.keys()].toSorted()).toEqual([...desired.nodes.keys()].toSorted());
    expect(state.topology).toEqual(desired.topology);
  }
  expect(compared).toBeGreaterThan(8);
});
