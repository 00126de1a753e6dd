/** Groups, stations, SETs and networks: how callers find near instances. */

import { expect, test } from 'vitest';
import type { DesiredScope } from '../../../../spec/desired-state.ts';
import { document, node, service, threeNodes } from '../../../support/spec/documents.ts';
import { resolveContents, type Contents } from '../../../support/spec/repository-of.ts';

const places: Contents = {
  ...threeNodes,
  'dc.yaml': document('DataCenter', 'sz', {
    groups: [
      { name: 'west', allow: ['10.1.2.*'], deny: ['10.1.2.9'], order: 'deny-allow' },
      { name: 'east', allow: ['10.1.0.0/16', '10.9.9.9'] },
    ],
  }),
  'sh.yaml': document('DataCenter', 'sh', { groups: [{ name: 'sea', allow: ['fd00:1::/48'] }] }),
  'far.yaml': document('Station', 'far', { groups: ['west', 'sea'] }),
  'near.yaml': document('Station', 'near', { groups: ['east'], priority: 1 }),
  'away.yaml': document('Station', 'away', { groups: ['sea'] }),
};

test('groups are numbered by their names, stations sorted by priority and name', () => {
  const { desired, faults } = resolveContents(places);
  expect(faults).toEqual([]);
  const east = { id: 1, name: 'east', dataCenter: 'sz', allow: ['10.1.0.0/16', '10.9.9.9'] };
  const sea = { id: 2, name: 'sea', dataCenter: 'sh', allow: ['fd00:1::/48'] };
  const west = { id: 3, name: 'west', dataCenter: 'sz', allow: ['10.1.2.*'] };
  expect(desired.topology).toEqual({
    groups: [
      { ...east, deny: [], order: 'allow-deny' },
      { ...sea, deny: [], order: 'allow-deny' },
      { ...west, deny: ['10.1.2.9'], order: 'deny-allow' },
    ],
    stations: [
      { name: 'near', groups: [1], priority: 1 },
      { name: 'away', groups: [2], priority: 100 },
      { name: 'far', groups: [2, 3], priority: 100 },
    ],
  });
});

test('a fault in a group holds its data centre and its stations, and no node', () => {
  const broken = document('DataCenter', 'sh', { groups: [{ name: 'sea', allow: ['10.3.*'] }] });
  const { desired, held } = resolveContents({
    ...places,
    'sh.yaml': broken,
    'm1.yaml': node('m1', { dataCenter: 'sh' }),
  });
  expect(held.map(({ object }) => object.name)).toEqual(['sh', 'away', 'far']);
  expect(desired.nodes.has('m1')).toBe(true);
  expect(desired.topology.groups.map(({ id, name }) => `${id} ${name}`)).toEqual([
    '1 east',
    '2 west',
  ]);
  expect(desired.topology.stations.map(({ name }) => name)).toEqual(['near']);
});

function scopeOf(spec: object): DesiredScope {
  const { desired, faults } = resolveContents({
    ...places,
    'cart.yaml': service('Shop.CartServer', spec),
  });
  expect(faults).toEqual([]);
  return desired.scopes.get('sz/Shop.CartServer') as DesiredScope;
}

test('grouping changes the digest of the scope, and no revision', () => {
  const plain = scopeOf({});
  const grouped = scopeOf({ grouping: { group: 'west' } });
  expect(plain).not.toHaveProperty('grouping');
  expect(grouped.grouping).toEqual({ idc: true, group: 'west' });
  expect(grouped.digest).not.toBe(plain.digest);
  expect(Object.keys(grouped.revisions)).toEqual(Object.keys(plain.revisions));
});

test('each instance is in the SET of its entry', () => {
  const { instances, revisions } = scopeOf({
    placement: [
      { nodes: ['n1'], set: 'shop.sz.1' },
      { nodes: ['n2'] },
      { select: { dataCenter: 'sz' }, set: 'shop.sz.*' },
    ],
  });
  const sets = instances.map((one) => [one.node, revisions[one.revision]?.set]);
  expect(sets).toEqual([
    ['n1', 'shop.sz.1'],
    ['n2', undefined],
    ['n3', 'shop.sz.*'],
  ]);
});

test('a servant keeps the networks that it is reached on', () => {
  const addresses = { inner: 'host-1', outer: '192.0.2.1' };
  const { desired, faults } = resolveContents({
    ...places,
    'n1.yaml': node('n1', { addresses }),
    'cart.yaml': service('Shop.CartServer', {
      servants: [{ name: 'MainObj', networks: ['outer', 'inner'] }],
    }),
  });
  expect(faults).toEqual([]);
  const [revision] = Object.values(desired.scopes.get('sz/Shop.CartServer')?.revisions ?? {});
  expect(revision?.servants[0]?.networks).toEqual(['outer', 'inner']);
});
