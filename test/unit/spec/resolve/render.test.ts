/** What an instance runs, from its objects. */

import { describe, expect, test } from 'vitest';
import type { DesiredScope, InstanceRevision } from '../../../../spec/desired-state.ts';
import { config, document, service, threeNodes } from '../../../support/spec/documents.ts';
import { resolveContents, type Contents } from '../../../support/spec/repository-of.ts';

function scopeOf(contents: Contents, id = 'sz/Shop.CartServer'): DesiredScope {
  const { desired, faults } = resolveContents({ ...threeNodes, ...contents });
  expect(faults.filter(({ severity }) => severity === 'error')).toEqual([]);
  const scope = desired.scopes.get(id);
  expect(scope).toBeDefined();
  return scope as DesiredScope;
}

function revisionOn(scope: DesiredScope, name: string): InstanceRevision {
  const instance = scope.instances.find(({ node }) => node === name);
  return scope.revisions[instance?.revision ?? ''] as InstanceRevision;
}

describe('a service', () => {
  test('becomes one revision with limits in bytes and every default filled in', () => {
    const scope = scopeOf({
      'cart.yaml': service('Shop.CartServer', {
        type: 'tars-nodejs',
        release: { package: 'Shop.CartServer', version: '1.4.2' },
        servants: [{ name: 'CartObj', port: 10_001, queue: { capacity: 9 } }],
        env: { LOG_LEVEL: 'info' },
        run: { limits: { memory: '512Mi', cpu: 1.5, coreDump: 0 }, monitor: { tcp: 8080 } },
        rollout: { batch: 2 },
      }),
    });
    expect(revisionOn(scope, 'n1')).toEqual({
      service: 'Shop.CartServer',
      type: 'tars-nodejs',
      release: { package: 'Shop.CartServer', version: '1.4.2' },
      hooks: {},
      monitor: { kind: 'tcp', target: '8080', everyMs: 5000, timeoutMs: 2000, failures: 3 },
      limits: { memoryBytes: 536_870_912, cpu: 1.5, coreDumpBytes: 0 },
      stopTimeoutMs: 10_000,
      startTimeoutMs: 60_000,
      env: { LOG_LEVEL: 'info' },
      servants: [
        {
          name: 'CartObj',
          port: 10_001,
          protocol: 'tars',
          threads: 5,
          maxConnections: 10_240,
          queueCapacity: 9,
          queueTimeoutMs: 60_000,
          weight: 100,
        },
      ],
      files: [],
      template: expect.stringContaining('locator=${locator}\n') as string,
    });
    const { strategy, batch, progressDeadlineMs } = scope.rollout;
    expect({ strategy, batch, progressDeadlineMs }).toEqual({
      strategy: 'rolling',
      batch: 2,
      progressDeadlineMs: 600_000,
    });
  });

  test('takes what it does not say from the cluster', () => {
    const scope = scopeOf({
      'cluster.yaml': document('Cluster', 'main', {
        defaults: {
          timeouts: { stopTimeoutMs: 1234 },
          rollout: { strategy: 'recreate', progressDeadline: '2h' },
        },
      }),
      'cart.yaml': service('Shop.CartServer', { run: { start: './a', startTimeoutMs: 777 } }),
    });
    const { stopTimeoutMs, startTimeoutMs } = revisionOn(scope, 'n1');
    expect([stopTimeoutMs, startTimeoutMs]).toEqual([1234, 777]);
    expect(scope.rollout.strategy).toBe('recreate');
    expect(scope.rollout.progressDeadlineMs).toBe(7_200_000);
  });

  test('has one scope in each data centre', () => {
    const { desired } = resolveContents({
      ...threeNodes,
      'sh.yaml': document('DataCenter', 'sh', {}),
      'm1.yaml': document('Node', 'm1', { dataCenter: 'sh', addresses: { inner: 'm1' } }),
      'cart.yaml': service('Shop.CartServer', { placement: [{ nodes: ['m1', 'n2', 'n1'] }] }),
    });
    const found = [...desired.scopes.values()].map(({ scope, instances }) => [
      scope,
      instances.map(({ instance }) => instance),
    ]);
    expect(Object.fromEntries(found)).toEqual({
      'sh/Shop.CartServer': ['Shop.CartServer@m1'],
      'sz/Shop.CartServer': ['Shop.CartServer@n1', 'Shop.CartServer@n2'],
    });
  });
});

describe('configuration files', () => {
  const cart = service('Shop.CartServer', {
    placement: [{ nodes: ['n1', 'n2'] }],
    configs: ['main.conf'],
  });
  const levels = {
    'cart.yaml': cart,
    'app.yaml': config('app', { app: 'Shop' }),
    'service.yaml': config('service', { service: 'Shop.CartServer' }, { content: 'service' }),
    'node.yaml': config('node', { service: 'Shop.CartServer', node: 'n2' }),
    'foreign.yaml': config('foreign', { app: 'Other' }),
  };

  test('are joined as TARS does: application, service, node, with an empty line between', () => {
    const scope = scopeOf(levels);
    expect(revisionOn(scope, 'n1').files).toMatchObject([
      { path: 'main.conf', content: 'app\n\r\n\r\nservice' },
    ]);
    expect(revisionOn(scope, 'n2').files).toMatchObject([
      { path: 'main.conf', content: 'app\n\r\n\r\nservice\r\n\r\nnode\n' },
    ]);
  });

  test('tell where each run of lines comes from', () => {
    const [file] = revisionOn(scopeOf(levels), 'n2').files;
    const sources = file?.sources?.map(({ config: name, path, renderedLine }) => [
      name,
      path,
      renderedLine,
    ]);
    expect(sources).toEqual([
      ['app', 'app.yaml', 1],
      ['service', 'service.yaml', 4],
      ['node', 'node.yaml', 6],
    ]);
    const lines = file?.content.split('\n') ?? [];
    expect([lines[0], lines[3], lines[5]]).toEqual(['app', 'service\r', 'node']);
  });

  test('are read from files next to the YAML file', () => {
    const scope = scopeOf({
      'apps/cart.yaml': service('Shop.CartServer', { configs: ['main.conf'] }),
      'apps/config.yaml': document('Config', 'main', {
        scope: { service: 'Shop.CartServer' },
        fileName: 'main.conf',
        file: '../texts/./main.conf',
      }),
      'texts/main.conf': 'from a file\n',
    });
    const [file] = revisionOn(scope, 'n1').files;
    expect(file?.content).toBe('from a file\n');
    expect(file?.sources).toMatchObject([{ path: 'texts/main.conf', line: 1, inline: false }]);
  });

  test('a level for one node alone gives the others no such file', () => {
    const scope = scopeOf({ 'cart.yaml': cart, 'node.yaml': levels['node.yaml'] });
    expect(revisionOn(scope, 'n1').files).toEqual([]);
    expect(revisionOn(scope, 'n2').files).toMatchObject([{ content: 'node\n' }]);
  });

  test('only what is listed is written', () => {
    const scope = scopeOf({ ...levels, 'cart.yaml': service('Shop.CartServer') });
    expect(revisionOn(scope, 'n1').files).toEqual([]);
  });
});

test('a template comes after its parents, and the profile last', () => {
  const scope = scopeOf({
    'base.yaml': document('Template', 'base', { content: 'base' }),
    'child.yaml': document('Template', 'child', { parent: 'base', content: 'child\n' }),
    'cart.yaml': service('Shop.CartServer', { template: 'child', profile: 'own' }),
  });
  expect(revisionOn(scope, 'n1').template).toBe('base\nchild\nown');
});

test('a node set counts its names and addresses up', () => {
  const { desired, faults } = resolveContents({
    'dc.yaml': document('DataCenter', 'sz', {}),
    'set.yaml': document('NodeSet', 'web', {
      names: ['web-[08-11]', 'db'],
      dataCenter: 'sz',
      addresses: { inner: { from: '10.1.0.254' }, outer: { pattern: '${name}.example.com' } },
    }),
  });
  expect(faults).toEqual([]);
  const found = [...desired.nodes.values()].map(({ name, addresses, nodeSet }) => [
    name,
    addresses['inner'],
    addresses['outer'],
    nodeSet,
  ]);
  expect(found).toEqual([
    ['web-08', '10.1.0.254', 'web-08.example.com', 'web'],
    ['web-09', '10.1.0.255', 'web-09.example.com', 'web'],
    ['web-10', '10.1.1.0', 'web-10.example.com', 'web'],
    ['web-11', '10.1.1.1', 'web-11.example.com', 'web'],
    ['db', '10.1.1.2', 'db.example.com', 'web'],
  ]);
});

test('a named node is not selected again, so that count means that many more', () => {
  const scope = scopeOf({
    'cart.yaml': service('Shop.CartServer', {
      placement: [{ select: { dataCenter: 'sz' }, count: 1 }, { nodes: ['n1', 'n2'] }],
    }),
  });
  expect(scope.instances.map(({ node }) => node)).toEqual(['n1', 'n2', 'n3']);
});

test('a repository without a Cluster gets the defaults of the schema', () => {
  const { desired } = resolveContents(threeNodes);
  expect(desired.cluster).toEqual({
    name: 'default',
    deletionBrake: { maxServices: 5, maxInstances: 20, maxNodes: 3 },
  });
});

test('a stopped service leaves its ports to others', () => {
  const servants = [{ name: 'MainObj', port: 9000 }];
  const files = (state: string) => ({
    ...threeNodes,
    'a.yaml': service('Shop.CartServer', { servants }),
    'b.yaml': service('Shop.PayServer', { servants, state }),
  });
  expect(resolveContents(files('stopped')).faults).toEqual([]);
  expect(resolveContents(files('running')).faults).toMatchObject([{ code: 'SPEC_PORT_CLASH' }]);
});
