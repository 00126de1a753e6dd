import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { clusterFile, configFile, nodesFile, serviceFile } from '../../support/git/fleet-files.ts';
import { runPipeline } from '../../support/git/running-pipeline.ts';
import { TestRepository } from '../../support/git/test-repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function fleet(files: Readonly<Record<string, string>> = {}) {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  const first = repository.commitFiles(
    {
      'cluster.yaml': clusterFile(),
      'nodes.yaml': nodesFile(3),
      'services/web.yaml': serviceFile('Shop.Web', { nodes: 'n1, n2' }),
      'services/cart.yaml': serviceFile('Shop.Cart'),
      ...files,
    },
    'the first fleet',
  );
  const running = await runPipeline(folder, { url: repository.folder });
  await running.reaches(first);
  return { folder, repository, first, ...running };
}

test('a commit arrives whole, with where it came from', async () => {
  const { registry, repository, first } = await fleet();
  const { state } = registry;
  expect([...state.scopes.keys()].toSorted()).toEqual(['sz/Shop.Cart', 'sz/Shop.Web']);
  expect([...state.nodes.keys()].toSorted()).toEqual(['n1', 'n2', 'n3']);
  expect(state.source).toMatchObject({
    commit: first,
    inForceCommit: first,
    author: 'Alice <alice@example.com>',
    subject: 'the first fleet',
    objects: 7,
    held: [],
    origin: { url: repository.folder, branch: 'main', path: '' },
  });
  expect(registry.sequence).toBe(1);
});

test('only what has changed becomes a new generation', async () => {
  const { registry, repository, reaches } = await fleet();
  await reaches(
    repository.commitFiles({
      'services/cart.yaml': serviceFile('Shop.Cart', { start: 'exec sleep 2' }),
    }),
  );
  expect(registry.state.scopes.get('sz/Shop.Cart')?.generation).toBe(2);
  expect(registry.state.scopes.get('sz/Shop.Web')?.generation).toBe(1);
});

test('a commit without any object in it is recorded, and a repeated look proposes nothing', async () => {
  const { registry, repository, reaches, pipeline } = await fleet();
  const readme = repository.commitFiles({ 'README.md': 'hello' });
  await reaches(readme);
  expect(registry.sequence).toBe(2);
  expect(registry.state.scopes.get('sz/Shop.Web')).toMatchObject({ generation: 1 });
  const { lastLookAt } = pipeline.source.status;
  pipeline.source.lookSoon();
  await vi.waitFor(() => expect(pipeline.source.status.lastLookAt).not.toBe(lastLookAt));
  await pipeline.reconciler.settled();
  expect(registry.sequence).toBe(2);
});

test('a restart proposes nothing, and goes on with what was committed meanwhile', async () => {
  const { folder, registry, repository, stop } = await fleet();
  const before = registry.sequence;
  await stop();
  const same = await runPipeline(folder, { url: repository.folder });
  expect(same.registry.sequence).toBe(before);
  await same.stop();
  repository.remove('services/cart.yaml');
  const commit = repository.commit();
  const later = await runPipeline(folder, { url: repository.folder });
  await later.reaches(commit);
  expect([...later.registry.state.scopes.keys()]).toEqual(['sz/Shop.Web']);
});

test('a broken object holds back itself alone, until it is whole again', async () => {
  const { registry, repository, reaches, pipeline } = await fleet();
  const broken = repository.commitFiles({
    'services/web.yaml': serviceFile('Shop.Web').replace('placement', 'placment'),
    'services/cart.yaml': serviceFile('Shop.Cart', { start: 'exec sleep 2' }),
  });
  await reaches(broken);
  expect(registry.state.source?.held).toMatchObject([{ object: { name: 'Shop.Web' } }]);
  expect(registry.state.scopes.get('sz/Shop.Web')).toMatchObject({ generation: 1 });
  expect(registry.state.scopes.get('sz/Shop.Cart')).toMatchObject({ generation: 2 });
  await pipeline.faults.settled;
  expect(pipeline.faults.current[0]).toMatchObject({
    code: 'SPEC_UNKNOWN_FIELD',
    path: 'services/web.yaml',
    line: 6,
  });
  expect(pipeline.faults.current[0]?.text).toContain('did you mean `placement`');

  await reaches(repository.commitFiles({ 'services/web.yaml': serviceFile('Shop.Web') }));
  expect(registry.state.source?.held).toEqual([]);
  expect(registry.state.scopes.get('sz/Shop.Web')).toMatchObject({ generation: 2 });
  expect(pipeline.faults.current).toEqual([]);
});

test('a fault in a text that an object names is shown at its line', async () => {
  const { pipeline, registry, repository, reaches } = await fleet();
  const limits = configFile('Shop.Web', 'limits.json', 'limits.json');
  await reaches(
    repository.commitFiles({
      'services/limits.yaml': `${limits}  merge: deep\n`,
      'services/limits.json': '{\n  "orders": 20,\n}\n',
      'services/web.yaml': serviceFile('Shop.Web', { configs: 'limits.json', nodes: 'n3' }),
    }),
  );
  expect(registry.state.scopes.get('sz/Shop.Web')).toMatchObject({ generation: 1 });
  await pipeline.faults.settled;
  expect(pipeline.faults.current).toMatchObject([
    { code: 'SPEC_CONFIG_SYNTAX', path: 'services/limits.json', line: 3, column: 1 },
  ]);
  expect(pipeline.faults.current[0]?.text).toContain('services/limits.yaml:7:9');
});

test('a file that cannot be read removes nothing', async () => {
  const { registry, repository, reaches } = await fleet();
  repository.write('services/web.yaml', Buffer.from([0x6b, 0x3a, 0x20, 0xff, 0xfe]));
  await reaches(repository.commit());
  expect([...registry.state.scopes.keys()]).toContain('sz/Shop.Web');
  repository.remove('services/web.yaml');
  repository.git('rm', '--quiet', '--cached', 'services/web.yaml');
  const link = repository.blob('../cluster.yaml');
  repository.git('update-index', '--add', '--cacheinfo', `120000,${link},services/web.yaml`);
  repository.git('commit', '--quiet', '-m', 'a link');
  await reaches(repository.head());
  expect([...registry.state.scopes.keys()]).toContain('sz/Shop.Web');
  expect(registry.state.source?.held[0]?.reason).toBe('FILE_LINK_REFUSED');
});

test.each(['160000', '120000'])(
  'a folder that is replaced by a link or submodule (%s) keeps what was in it',
  async (mode) => {
    const { registry, repository, reaches } = await fleet();
    repository.git('rm', '-r', '--quiet', 'services');
    const id = mode === '160000' ? repository.head() : repository.blob('/srv/services');
    repository.git('update-index', '--add', '--cacheinfo', `${mode},${id},services`);
    repository.git('commit', '--quiet', '-m', 'a link');
    await reaches(repository.head());
    expect([...registry.state.scopes.keys()].toSorted()).toEqual(['sz/Shop.Cart', 'sz/Shop.Web']);
  },
);

test('a link in a corner of the repository holds nothing back', async () => {
  const { registry, repository, reaches, pipeline } = await fleet();
  const link = repository.blob('README.md');
  repository.git('update-index', '--add', '--cacheinfo', `120000,${link},docs/start`);
  repository.git('rm', '--quiet', 'services/cart.yaml');
  repository.git('commit', '--quiet', '-m', 'a link, and a service less');
  await reaches(repository.head());
  expect([...registry.state.scopes.keys()]).toEqual(['sz/Shop.Web']);
  expect(registry.state.source?.held).toEqual([]);
  expect(pipeline.faults.current).toMatchObject([
    { code: 'FILE_LINK_REFUSED', severity: 'warning', path: 'docs/start' },
  ]);
});

test('the deletion brake holds a whole commit until it is confirmed in Git', async () => {
  const brake = '{ deletionBrake: { maxServices: 1, maxInstances: 10, maxNodes: 1 } }';
  const { folder, registry, repository, first, reaches, stop } = await fleet({
    'cluster.yaml': clusterFile(brake),
  });
  repository.remove('services');
  repository.write('nodes.yaml', nodesFile(4));
  const deletion = repository.commit('remove all services');
  await reaches(deletion);
  const { source, scopes, nodes } = registry.state;
  expect(source).toMatchObject({
    commit: deletion,
    inForceCommit: first,
    holdReason: { code: 'SPEC_DELETION_HELD' },
  });
  expect(scopes.size).toBe(2);
  expect(nodes.size).toBe(3);
  const before = registry.sequence;
  await stop();

  const again = await runPipeline(folder, { url: repository.folder });
  expect(again.registry.sequence).toBe(before);
  const total = /confirmDelete: (\d+)/.exec(source?.holdReason?.message ?? '')?.[1];
  const confirmed = brake.replace('{ max', `{ confirmDelete: ${total}, max`);
  const commit = repository.commitFiles({ 'cluster.yaml': clusterFile(confirmed) });
  await again.reaches(commit);
  expect(again.registry.state.source).toMatchObject({ commit, inForceCommit: commit });
  expect(again.registry.state.source?.holdReason).toBeUndefined();
  expect(again.registry.state.scopes.size).toBe(0);
  expect(again.registry.state.nodes.size).toBe(4);
});

test('a text that an object names is followed: changed, missing, back again', async () => {
  const { registry, repository, reaches } = await fleet({
    'services/cart.yaml': serviceFile('Shop.Cart', { configs: 'cart.conf' }),
    'services/cart-config.yaml': configFile('Shop.Cart', 'cart.conf', 'texts/cart.conf'),
    'services/texts/cart.conf': 'size=1\n',
  });
  const content = () => {
    const scope = registry.state.scopes.get('sz/Shop.Cart')?.desired;
    return Object.values(scope?.revisions ?? {}).map(({ files }) => files[0]?.content);
  };
  expect(content()).toEqual(['size=1\n']);
  await reaches(repository.commitFiles({ 'services/texts/cart.conf': 'size=2\n' }));
  expect(content()).toEqual(['size=2\n']);
  repository.remove('services/texts');
  await reaches(repository.commit());
  expect(registry.state.source?.held).not.toEqual([]);
  expect(content()).toEqual(['size=2\n']);
  await reaches(repository.commitFiles({ 'services/texts/cart.conf': 'size=3\n' }));
  expect(registry.state.source?.held).toEqual([]);
  expect(content()).toEqual(['size=3\n']);
  repository.write('services/texts/cart.conf', Buffer.from([0, 1, 2]));
  await reaches(repository.commit());
  expect(content()).toEqual(['size=3\n']);
  repository.write('services/texts/cart.conf', 'x'.repeat(300 * 1024));
  await reaches(repository.commit());
  expect(content()).toEqual(['size=3\n']);
});

test('a sub-path that vanishes is told, and what is in force stays', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  const first = repository.commitFiles({
    'fleet/cluster.yaml': clusterFile(),
    'fleet/nodes.yaml': nodesFile(1),
    'fleet/web.yaml': serviceFile('Shop.Web'),
  });
  const { registry, pipeline, reaches } = await runPipeline(folder, {
    url: repository.folder,
    path: 'fleet',
  });
  await reaches(first);
  repository.git('mv', 'fleet', 'fleets');
  repository.commit();
  await vi.waitFor(() => expect(pipeline.reconciler.problem?.code).toBe('SOURCE_PATH_MISSING'));
  expect(registry.state.source?.commit).toBe(first);
  expect(registry.state.scopes.size).toBe(1);
  repository.git('mv', 'fleets', 'fleet');
  await reaches(repository.commit());
  expect(pipeline.reconciler.problem).toBeUndefined();
});
