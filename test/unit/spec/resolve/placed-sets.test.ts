/** SETs that services are placed in are counted from commit to commit, and cost nobody who is not in them. */

import { expect, test } from 'vitest';
import { resolveRepository } from '../../../../spec/resolve/resolve-repository.ts';
import type { Resolved } from '../../../../spec/resolve/resolved.ts';
import { config, service, threeNodes } from '../../../support/spec/documents.ts';
import { inputOf, loadContents, type Contents } from '../../../support/spec/repository-of.ts';

const inSet = (name: string, set: string | undefined, spec: object = {}) =>
  service(name, { placement: [{ nodes: ['n1'], ...(set !== undefined && { set }) }], ...spec });

const base: Contents = {
  ...threeNodes,
  'cart.yaml': inSet('Shop.CartServer', 'shop.sz.1'),
  'pay.yaml': inSet('Shop.PayServer', 'shop.sz.1'),
  'one.yaml': config('one', { app: 'Shop', set: 'shop.sz.1' }),
  'area.yaml': config('area', { app: 'Shop', set: 'shop.sz.*' }),
};

/** Each changes the state that the one before it left; with the Configs that no instance gets then. */
const steps: readonly (readonly [string, Contents, readonly string[]])[] = [
  ['both are in the SET', {}, []],
  ['one of two leaves the SET', { 'cart.yaml': inSet('Shop.CartServer', undefined) }, []],
  [
    'the other goes to another group',
    { 'pay.yaml': inSet('Shop.PayServer', 'shop.sz.2') },
    ['one'],
  ],
  [
    'it goes to another area',
    { 'pay.yaml': inSet('Shop.PayServer', 'shop.sh.1') },
    ['area', 'one'],
  ],
  [
    'a service breaks, and may be in any SET',
    { 'cart.yaml': inSet('Shop.CartServer', 'a', { x: 1 }) },
    [],
  ],
  ['the broken one goes', { 'cart.yaml': '' }, ['area', 'one']],
  ['one comes into the SET', { 'mail.yaml': inSet('Shop.MailServer', 'shop.sz.1') }, []],
  ['it is described twice', { 'twice.yaml': inSet('Shop.MailServer', 'shop.sz.3') }, []],
  ['once again, elsewhere', { 'mail.yaml': '' }, ['one']],
];

function unusedOf({ faults }: Resolved): readonly string[] {
  const unused = faults.filter(({ code }) => code === 'SPEC_CONFIG_UNUSED');
  return unused.map(({ object }) => object?.name ?? '').toSorted();
}

test('Configs for a SET are told to be unused while nothing is in it, commit after commit', () => {
  let contents = base;
  let files = loadContents(contents);
  let previous: Resolved | undefined;
  for (const [name, change, unused] of steps) {
    contents = { ...contents, ...change };
    files = loadContents(contents, files);
    const input = inputOf(contents, files);
    previous = resolveRepository({ ...input, previous });
    expect([name, unusedOf(previous)]).toEqual([name, unused]);
    expect([name, previous.faults]).toEqual([name, resolveRepository(input).faults]);
  }
});

test.each<[string, Contents]>([
  ['breaks', { 'cart.yaml': inSet('Shop.CartServer', 'shop.sz.1', { x: 1 }) }],
  ['changes', { 'cart.yaml': inSet('Shop.CartServer', 'shop.sz.1', { state: 'stopped' }) }],
  ['is there twice, once with a fault', { 'b.yaml': inSet('Shop.CartServer', 'a', { x: 1 }) }],
  ['leaves a SET', { 'cart.yaml': inSet('Shop.CartServer', undefined) }],
])('a service that %s leaves Configs and other services as they are', (_name, change) => {
  const files = loadContents(base);
  const first = resolveRepository(inputOf(base, files));
  const after = { ...base, ...change };
  const changed = inputOf(after, loadContents(after, files));
  const second = resolveRepository({ ...changed, previous: first });
  expect(second.memo.configs).toBe(first.memo.configs);
  const entryOf = ({ memo }: Resolved) => memo.services.entries.get('Shop.PayServer');
  expect(entryOf(first)).toBeDefined();
  expect(entryOf(second)).toBe(entryOf(first));
  expect(second.memo.services.changed).toEqual(['Shop.CartServer']);
});
