/** A plan needs the whole of a scope only where its digest differs. */

import { expect, test } from 'vitest';
import type { DesiredScope } from '../../../../spec/desired-state.ts';
import { assembleInForce, listScopesToFetch } from '../../../../spec/difference/in-force.ts';
import { planChange } from '../../../../spec/difference/plan-change.ts';
import { service, threeNodes } from '../../../support/spec/documents.ts';
import { resolveContents, sha256 } from '../../../support/spec/repository-of.ts';

const inForce = resolveContents({
  ...threeNodes,
  'same.yaml': service('Shop.SameServer'),
  'changed.yaml': service('Shop.ChangedServer', { env: { A: '1' } }),
  'gone.yaml': service('Shop.GoneServer'),
}).desired;
const next = resolveContents({
  ...threeNodes,
  'same.yaml': service('Shop.SameServer'),
  'changed.yaml': service('Shop.ChangedServer', { env: { A: '2' } }),
  'new.yaml': service('Shop.NewServer'),
}).desired;
const digests = new Map([...inForce.scopes].map(([id, { digest }]) => [id, digest]));

test('only scopes that change or go are fetched', () => {
  expect([...listScopesToFetch(digests, next)].toSorted()).toEqual([
    'sz/Shop.ChangedServer',
    'sz/Shop.GoneServer',
  ]);
});

test('what is put together gives the same plan as the whole state', () => {
  const wanted = listScopesToFetch(digests, next);
  const fetched = new Map(wanted.map((id) => [id, inForce.scopes.get(id) as DesiredScope]));
  const assembled = assembleInForce({ ...inForce, scopes: fetched }, digests, next);
  expect(planChange(assembled, next, sha256)).toEqual(planChange(inForce, next, sha256));
});
