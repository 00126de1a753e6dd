/** Groups, stations and keys while something that they come from is held. */

import { describe, expect, test } from 'vitest';
import type { DesiredState } from '../../../../spec/desired-state.ts';
import { applyHolds, type CommitOutcome } from '../../../../spec/holds/apply-holds.ts';
import { document, service, threeNodes } from '../../../support/spec/documents.ts';
import { resolveContents, type Contents } from '../../../support/spec/repository-of.ts';

function commit(first: Contents, ...others: readonly Contents[]): CommitOutcome {
  let outcome: CommitOutcome = { desired: resolveContents(first).desired, held: [] };
  for (const contents of others) outcome = applyHolds(outcome.desired, resolveContents(contents));
  return outcome;
}

function heldNames({ held }: CommitOutcome): readonly string[] {
  return held.map(({ object, because }) => {
    const cause = because === undefined ? '' : ` by ${because.kind}/${because.name}`;
    return `${object.kind}/${object.name}${cause}`;
  });
}

function revisionOf({ scopes }: DesiredState, name: string) {
  return Object.values(scopes.get(`sz/${name}`)?.revisions ?? {})[0];
}

const place = (name: string, groups: readonly string[]) =>
  document('DataCenter', name, {
    groups: groups.map((group) => ({ name: group, allow: ['10.1.0.*'] })),
  });

describe('groups and stations', () => {
  const base: Contents = {
    ...threeNodes,
    'dc.yaml': place('sz', ['east', 'west']),
    'sh.yaml': place('sh', ['sea']),
    'station.yaml': document('Station', 'all', { groups: ['sea', 'west'] }),
  };
  const names = ({ topology }: DesiredState) =>
    topology.groups.map(({ id, name }) => `${id} ${name}`);
  const inForce = ['1 east', '2 sea', '3 west'];

  test.each<[string, Contents]>([
    ['a data centre is broken', { 'sh.yaml': document('DataCenter', 'sh', { oops: 1 }) }],
    ['a group has a fault', { 'sh.yaml': place('sh', ['sea', 'east']) }],
    ['a station is broken', { 'station.yaml': document('Station', 'all', { groups: [] }) }],
    ['a file cannot be read', { 'sh.yaml': '{ never closed\n' }],
  ])('stay as they are, all of them, while %s', (_name, damage) => {
    const more = place('sz', ['before', 'east', 'west']);
    const { desired } = commit(base, { ...base, 'dc.yaml': more, ...damage });
    expect(names(desired)).toEqual(inForce);
    expect(desired.topology.stations).toMatchObject([{ name: 'all', groups: [2, 3] }]);
  });

  test('change together once nothing is held', () => {
    const more = { ...base, 'dc.yaml': place('sz', ['before', 'east', 'west']) };
    const { desired, held } = commit(base, { ...more, 'sh.yaml': '{ never closed\n' }, more);
    expect(held).toEqual([]);
    expect(names(desired)).toEqual(['1 before', '2 east', '3 sea', '4 west']);
    expect(desired.topology.stations).toMatchObject([{ groups: [3, 4] }]);
  });

  test('a service whose group is not in force yet waits with it', () => {
    const cart = (spec: object) => service('Shop.CartServer', spec);
    const outcome = commit(
      { ...base, 'cart.yaml': cart({}) },
      {
        ...base,
        'dc.yaml': place('sz', ['before', 'east', 'west']),
        'sh.yaml': document('DataCenter', 'sh', { oops: 1 }),
        'cart.yaml': cart({ grouping: { group: 'before' } }),
      },
    );
    expect(outcome.desired.scopes.get('sz/Shop.CartServer')).not.toHaveProperty('grouping');
    expect(heldNames(outcome)).toContain('Service/Shop.CartServer by DataCenter/sh');
  });
});

describe('keys', () => {
  const cart = (secretKey: string, spec: object = {}) =>
    service('Shop.CartServer', {
      servants: [
        { name: 'CartObj', auth: { accessKey: 'a', secretKey, callers: ['Shop.OrderServer'] } },
      ],
      ...spec,
    });
  const order = (level: string, spec: object = {}) =>
    service('Shop.OrderServer', { env: { LEVEL: level }, ...spec });
  const base: Contents = { ...threeNodes, 'cart.yaml': cart('one'), 'order.yaml': order('1') };

  function keysIn(desired: DesiredState) {
    const asked = revisionOf(desired, 'Shop.CartServer')?.servants[0]?.auth?.secretKey;
    const caller = revisionOf(desired, 'Shop.OrderServer');
    return { asked, given: caller?.calls?.[0]?.auth.secretKey, level: caller?.env['LEVEL'] };
  }
  const one = { plain: 'one' };

  test('a caller waits for a broken callee, since its key would be gone', () => {
    const next = { ...base, 'cart.yaml': cart('two', { oops: 1 }), 'order.yaml': order('2') };
    const outcome = commit(base, next);
    expect(keysIn(outcome.desired)).toEqual({ asked: one, given: one, level: '1' });
    expect(heldNames(outcome)).toEqual([
      'Service/Shop.CartServer',
      'Service/Shop.OrderServer by Service/Shop.CartServer',
    ]);
  });

  test('a caller whose key stays the same does not wait', () => {
    const next = {
      ...base,
      'cart.yaml': cart('one', { placement: [{ nodes: ['gone'] }] }),
      'order.yaml': order('2'),
    };
    const outcome = commit(base, next);
    expect(keysIn(outcome.desired)).toEqual({ asked: one, given: one, level: '2' });
    expect(heldNames(outcome)).toEqual(['Service/Shop.CartServer']);
  });

  test('a new key waits for a broken caller', () => {
    const next = { ...base, 'cart.yaml': cart('two'), 'order.yaml': order('2', { oops: 1 }) };
    const outcome = commit(base, next);
    expect(keysIn(outcome.desired)).toEqual({ asked: one, given: one, level: '1' });
    expect(heldNames(outcome)).toEqual([
      'Service/Shop.CartServer by Service/Shop.OrderServer',
      'Service/Shop.OrderServer',
    ]);
  });

  test('both take over the new key when nothing is held', () => {
    const two = { plain: 'two' };
    const { desired } = commit(base, { ...base, 'cart.yaml': cart('two') });
    expect(keysIn(desired)).toEqual({ asked: two, given: two, level: '1' });
  });
});
