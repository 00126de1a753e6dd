/** What a commit asks for when part of it is held: case by case. */

import { describe, expect, test } from 'vitest';
import type { DesiredState } from '../../../../spec/desired-state.ts';
import { applyHolds, type CommitOutcome } from '../../../../spec/holds/apply-holds.ts';
import { config, document, node, service, threeNodes } from '../../../support/spec/documents.ts';
import { resolveContents, type Contents } from '../../../support/spec/repository-of.ts';

const nothing: DesiredState = {
  cluster: { name: 'default', deletionBrake: { maxServices: 5, maxInstances: 20, maxNodes: 3 } },
  topology: { groups: [], stations: [] },
  dataCenters: new Map(),
  nodes: new Map(),
  scopes: new Map(),
};

/** Commits one after the other; the last one's outcome. */
function commit(...states: readonly Contents[]): CommitOutcome {
  let outcome: CommitOutcome = { desired: nothing, held: [] };
  for (const contents of states) outcome = applyHolds(outcome.desired, resolveContents(contents));
  return outcome;
}

/** Removes with `undefined`, replaces with text. */
function changed(contents: Contents, change: Record<string, string | undefined>): Contents {
  const entries = Object.entries({ ...contents, ...change });
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function shown({ desired, held }: CommitOutcome) {
  return {
    nodes: [...desired.nodes.keys()].toSorted(),
    scopes: [...desired.scopes]
      .map(([id, { instances, revisions }]) => {
        const places = instances.map((one) => one.node).join(',');
        return `${id} on ${places}: ${Object.values(revisions)[0]?.start}`;
      })
      .toSorted(),
    held: held.map(({ object, because }) => {
      const cause = because === undefined ? '' : ` by ${because.kind}/${because.name}`;
      return `${object.kind}/${object.name}${cause}`;
    }),
  };
}

const run = (start: string) => ({ run: { start } });
const base: Contents = {
  ...threeNodes,
  'cart.yaml': service('Shop.CartServer', run('v1')),
  'pay.yaml': service('Shop.PayServer', run('v1')),
};

describe('a broken service', () => {
  test('keeps what runs, and the others change', () => {
    const next = changed(base, {
      'cart.yaml': service('Shop.CartServer', { ...run('v2'), oops: 1 }),
      'pay.yaml': service('Shop.PayServer', run('v2')),
    });
    expect(shown(commit(base, next))).toEqual({
      nodes: ['n1', 'n2', 'n3'],
      scopes: ['sz/Shop.CartServer on n1: v1', 'sz/Shop.PayServer on n1: v2'],
      held: ['Service/Shop.CartServer'],
    });
  });

  test('keeps the node that it runs on, although the commit removes it', () => {
    const next = changed(base, {
      'cart.yaml': service('Shop.CartServer', { oops: 1 }),
      'pay.yaml': undefined,
      'n1.yaml': undefined,
      'n3.yaml': undefined,
    });
    expect(shown(commit(base, next))).toEqual({
      nodes: ['n1', 'n2'],
      scopes: ['sz/Shop.CartServer on n1: v1'],
      held: ['Node/n1 by Service/Shop.CartServer', 'Service/Shop.CartServer'],
    });
  });

  test('keeps its port from a service that wants it now', () => {
    const servants = [{ name: 'MainObj', port: 9000 }];
    const before = changed(base, { 'cart.yaml': service('Shop.CartServer', { servants }) });
    const next = changed(before, {
      'cart.yaml': service('Shop.CartServer', { servants: [{ name: 'MainObj', prt: 9001 }] }),
      'pay.yaml': service('Shop.PayServer', { ...run('v2'), servants }),
      'new.yaml': service('Shop.NewServer', { servants, placement: [{ nodes: ['n1'] }] }),
    });
    const { scopes, held } = shown(commit(before, next));
    expect(scopes).toEqual(['sz/Shop.CartServer on n1: ./main', 'sz/Shop.PayServer on n1: v1']);
    expect(held).toContain('Service/Shop.PayServer');
  });

  test('holds one after the other what does not fit beside what was kept', () => {
    const servant = (port: number) => ({ servants: [{ name: 'MainObj', port }] });
    const before = changed(base, {
      'a.yaml': service('Shop.AServer', servant(1001)),
      'b.yaml': service('Shop.BServer', servant(1002)),
      'c.yaml': service('Shop.CServer', servant(1003)),
    });
    const next = changed(before, {
      'a.yaml': service('Shop.AServer', { ...servant(1000), oops: 1 }),
      'b.yaml': service('Shop.BServer', { ...servant(1001), ...run('v2') }),
      'c.yaml': service('Shop.CServer', { ...servant(1002), ...run('v2') }),
    });
    const { scopes, held } = shown(commit(before, next));
    expect(scopes.filter((scope) => scope.includes('v2'))).toEqual([]);
    expect(held).toEqual([
      'Service/Shop.AServer',
      'Service/Shop.BServer by Service/Shop.AServer',
      'Service/Shop.CServer by Service/Shop.BServer',
    ]);
  });

  test('that was never in force is not there', () => {
    const next = changed(base, { 'new.yaml': service('Shop.NewServer', { oops: 1 }) });
    expect(shown(commit(base, next)).scopes).toHaveLength(2);
  });

  test('that is mended takes effect', () => {
    const broken = changed(base, { 'cart.yaml': service('Shop.CartServer', { oops: 1 }) });
    const mended = changed(base, { 'cart.yaml': service('Shop.CartServer', run('v2')) });
    expect(shown(commit(base, broken, mended))).toMatchObject({
      scopes: ['sz/Shop.CartServer on n1: v2', 'sz/Shop.PayServer on n1: v1'],
      held: [],
    });
  });
});

describe('a file that cannot be read', () => {
  test('removes nothing, and no removal in the same commit takes effect', () => {
    const next = changed(base, { 'cart.yaml': '{', 'pay.yaml': undefined, 'n2.yaml': undefined });
    expect(shown(commit(base, next))).toEqual({
      nodes: ['n1', 'n2', 'n3'],
      scopes: ['sz/Shop.CartServer on n1: v1', 'sz/Shop.PayServer on n1: v1'],
      held: [
        'Node/n2 by File/cart.yaml',
        'Service/Shop.CartServer by File/cart.yaml',
        'Service/Shop.PayServer by File/cart.yaml',
      ],
    });
  });

  test('hides a node from nobody who selects it', () => {
    const labels = { labels: { disk: 'ssd' } };
    const select = (count: number) => ({
      placement: [{ select: { labels: { disk: 'ssd' } }, count }],
      ...run('v2'),
    });
    const before = changed(base, {
      'n1.yaml': node('n1', labels),
      'n2.yaml': node('n2', labels),
      'cart.yaml': service('Shop.CartServer', select(1)),
    });
    const [scope] = commit(before).desired.scopes.values();
    const chosen = scope?.instances[0]?.node;
    const next = changed(before, { [`${chosen}.yaml`]: '{' });
    expect(shown(commit(before, next)).scopes).toContain(`sz/Shop.CartServer on ${chosen}: v2`);
    expect(shown(commit(before, next)).held).toContain(
      `Service/Shop.CartServer by File/${chosen}.yaml`,
    );
  });

  test('does not bring back the defaults of a cluster that it hides', () => {
    const cluster = document('Cluster', 'main', {
      deletionBrake: { maxNodes: 1 },
      defaults: { timeouts: { stopTimeoutMs: 1234 } },
    });
    const before = changed(base, { 'cluster.yaml': cluster });
    const outcome = commit(before, changed(before, { 'cluster.yaml': '{' }));
    expect(outcome.desired.cluster).toMatchObject({ name: 'main', deletionBrake: { maxNodes: 1 } });
    const [scope] = outcome.desired.scopes.values();
    expect(Object.values(scope?.revisions ?? {})[0]?.stopTimeoutMs).toBe(1234);
  });

  test('does not take a level out of a configuration file', () => {
    const before = changed(base, {
      'cart.yaml': service('Shop.CartServer', { configs: ['main.conf'] }),
      'app.yaml': config('app', { app: 'Shop' }),
      'own.yaml': config('own', { service: 'Shop.CartServer' }),
    });
    const outcome = commit(before, changed(before, { 'app.yaml': '{' }));
    expect(outcome.desired.scopes.get('sz/Shop.CartServer')).toEqual(
      commit(before).desired.scopes.get('sz/Shop.CartServer'),
    );
    expect(shown(outcome).held).toEqual(['Service/Shop.CartServer by File/app.yaml']);
  });
});

test('a broken node holds the Configs for it, and so a service that runs with one of them', () => {
  const cart = (name: string) =>
    service('Shop.CartServer', { configs: ['main.conf'], placement: [{ nodes: [name] }] });
  const before = changed(base, {
    'cart.yaml': cart('n1'),
    'own.yaml': config('own', { service: 'Shop.CartServer', node: 'n1' }),
  });
  const next = {
    'n1.yaml': node('n1', { oops: 1 }),
    'cart.yaml': cart('n2'),
    'pay.yaml': service('Shop.PayServer', { ...run('v2'), placement: [{ nodes: ['n2'] }] }),
  };
  expect(shown(commit(before, changed(before, next)))).toEqual({
    nodes: ['n1', 'n2', 'n3'],
    scopes: ['sz/Shop.CartServer on n1: ./main', 'sz/Shop.PayServer on n2: v2'],
    held: ['Config/own by Node/n1', 'Node/n1', 'Service/Shop.CartServer by Node/n1'],
  });
});

describe('a broken node set', () => {
  const set = (extra: object) =>
    document('NodeSet', 'web', {
      names: 'web-[1-2]',
      dataCenter: 'sz',
      addresses: { inner: { pattern: '${name}' } },
      ...extra,
    });
  const before = changed(base, {
    'set.yaml': set({}),
    'cart.yaml': service('Shop.CartServer', { placement: [{ nodes: ['web-1'] }], ...run('v1') }),
  });

  test('keeps its nodes and what runs on them', () => {
    const next = changed(before, {
      'set.yaml': set({ oops: 1 }),
      'cart.yaml': service('Shop.CartServer', { placement: [{ nodes: ['web-1'] }], ...run('v2') }),
    });
    expect(shown(commit(before, next))).toEqual({
      nodes: ['n1', 'n2', 'n3', 'web-1', 'web-2'],
      scopes: ['sz/Shop.CartServer on web-1: v1', 'sz/Shop.PayServer on n1: v1'],
      held: ['NodeSet/web', 'Service/Shop.CartServer by NodeSet/web'],
    });
  });
});

describe('a sound commit', () => {
  test('removes what it leaves out', () => {
    const next = changed(base, { 'pay.yaml': undefined, 'n2.yaml': undefined });
    expect(shown(commit(base, next))).toEqual({
      nodes: ['n1', 'n3'],
      scopes: ['sz/Shop.CartServer on n1: v1'],
      held: [],
    });
  });

  test('takes a removed service away although another object is broken', () => {
    const next = changed(base, { 'pay.yaml': undefined, 'n3.yaml': node('n3', { oops: 1 }) });
    expect(shown(commit(base, next))).toEqual({
      nodes: ['n1', 'n2', 'n3'],
      scopes: ['sz/Shop.CartServer on n1: v1'],
      held: ['Node/n3'],
    });
  });
});
