/** A commit that removes too much waits as a whole, until it is confirmed for itself alone. */

import { describe, expect, test } from 'vitest';
import { checkDeletionBrake, type BrakeVerdict } from '../../../../spec/brake/deletion-brake.ts';
import type { DesiredState } from '../../../../spec/desired-state.ts';
import { applyHolds } from '../../../../spec/holds/apply-holds.ts';
import { dataCenter, document, node, service } from '../../../support/spec/documents.ts';
import { resolveContents, type Contents } from '../../../support/spec/repository-of.ts';

function cluster(brake: object): string {
  return document('Cluster', 'main', {
    deletionBrake: { maxServices: 2, maxInstances: 5, maxNodes: 1, ...brake },
  });
}

/** `services` services on each of `nodes` nodes. */
function fleet(services: number, nodes: number, brake: object = {}): Contents {
  const names = Array.from({ length: nodes }, (_, at) => `n${at}`);
  const contents: Record<string, string> = {
    'cluster.yaml': cluster(brake),
    'dc.yaml': dataCenter('sz'),
  };
  for (const name of names) contents[`${name}.yaml`] = node(name);
  for (let at = 0; at < services; at += 1) {
    contents[`s${at}.yaml`] = service(`Shop.Server${at}`, { placement: [{ nodes: names }] });
  }
  return contents;
}

function stateOf(contents: Contents): DesiredState {
  return resolveContents(contents).desired;
}

function check(inForce: DesiredState, contents: Contents): BrakeVerdict {
  const resolved = resolveContents(contents);
  return checkDeletionBrake(inForce, applyHolds(inForce, resolved).desired, resolved);
}

describe('a commit that removes', () => {
  const inForce = stateOf(fleet(6, 2));

  test.each([
    ['nothing', fleet(6, 2), false],
    ['as much as is allowed', fleet(4, 2), false],
    ['one service too many', fleet(3, 2), true],
    ['one node, and with it too many instances', fleet(6, 1), true],
    ['everything', { 'cluster.yaml': cluster({}) }, true],
    ['everything, even the cluster', {}, true],
  ] as const)('%s', (_name, contents, isHeld) => {
    expect(check(inForce, contents).holdReason !== undefined).toBe(isHeld);
  });

  test('too much says what would be gone, and what to write', () => {
    expect(check(inForce, fleet(3, 2)).holdReason).toEqual({
      code: 'SPEC_DELETION_HELD',
      message:
        'The commit would remove 3 services (limit 2), 6 instances (limit 5), 0 nodes (limit 1). ' +
        'Gone would be services Shop.Server3, Shop.Server4, Shop.Server5. Nothing of it takes effect. ' +
        'If this is meant, write confirmDelete: 9 under spec.deletionBrake of Cluster main in cluster.yaml and commit; ' +
        'if not, revert the commit.',
    });
  });

  test('too much without a Cluster object says where to put one', () => {
    expect(check(inForce, {}).holdReason?.message).toContain(
      'add a Cluster object with spec.deletionBrake.confirmDelete: 20',
    );
  });

  test('cannot lift its own limit', () => {
    const lifted = fleet(1, 2, { maxServices: 100, maxInstances: 100 });
    expect(check(inForce, lifted).holdReason?.message).toContain('5 services (limit 2)');
  });

  test('is not held by objects that are only held back', () => {
    const contents = { ...fleet(6, 2), 's0.yaml': '{', 's1.yaml': '{', 's2.yaml': '{' };
    expect(check(inForce, contents)).toMatchObject({ removals: { total: 0 }, faults: [] });
  });
});

test('an instance that moves to another node counts as one removed', () => {
  const inForce = stateOf(fleet(1, 2));
  const moved = {
    ...fleet(1, 2),
    's0.yaml': service('Shop.Server0', { placement: [{ nodes: ['n0'] }] }),
  };
  expect(check(inForce, moved).removals).toEqual({
    services: [],
    instances: ['Shop.Server0@n1'],
    nodes: [],
    total: 1,
  });
});

describe('confirmDelete', () => {
  const inForce = stateOf(fleet(6, 2));

  test('lets exactly that many go', () => {
    expect(check(inForce, fleet(3, 2, { confirmDelete: 9 }))).toMatchObject({ faults: [] });
    expect(check(inForce, fleet(3, 2, { confirmDelete: 9 })).holdReason).toBeUndefined();
  });

  test.each([8, 10])('lets nothing go when it says %i of 9', (confirmDelete) => {
    const { holdReason } = check(inForce, fleet(3, 2, { confirmDelete }));
    expect(holdReason?.message).toContain(`(it says ${confirmDelete})`);
  });

  test('counts for one commit alone, and the one that stays is told', () => {
    const confirmed = stateOf(fleet(6, 2, { confirmDelete: 9 }));
    const { holdReason, faults } = check(confirmed, fleet(3, 2, { confirmDelete: 9 }));
    expect(holdReason?.message).toContain('was used by an earlier commit');
    expect(faults).toMatchObject([{ code: 'SPEC_CONFIRM_DELETE', severity: 'warning' }]);
  });

  test('is told when it is left behind, and nothing else happens', () => {
    const confirmed = stateOf(fleet(3, 2, { confirmDelete: 9 }));
    const { holdReason, faults } = check(confirmed, fleet(3, 2, { confirmDelete: 9 }));
    expect(holdReason).toBeUndefined();
    expect(faults).toMatchObject([
      {
        code: 'SPEC_CONFIRM_DELETE',
        place: { path: 'cluster.yaml', pointer: '/spec/deletionBrake/confirmDelete' },
      },
    ]);
  });

  test('that confirms more than happens is told', () => {
    const { holdReason, faults } = check(inForce, fleet(5, 2, { confirmDelete: 9 }));
    expect(holdReason).toBeUndefined();
    expect(faults).toMatchObject([{ code: 'SPEC_CONFIRM_DELETE' }]);
  });

  test('works again with another number', () => {
    const confirmed = stateOf(fleet(6, 2, { confirmDelete: 9 }));
    expect(check(confirmed, fleet(2, 2, { confirmDelete: 12 })).holdReason).toBeUndefined();
  });
});

test('a held commit stays held with every later one, until it is confirmed or reverted', () => {
  const inForce = stateOf(fleet(6, 2));
  const edited = { ...fleet(3, 2), 's0.yaml': service('Shop.Server0', { run: { start: 'v2' } }) };
  expect(check(inForce, fleet(3, 2)).holdReason).toBeDefined();
  // Nothing took effect, so the next commit is compared with the same state.
  expect(check(inForce, edited).holdReason).toBeDefined();
  expect(check(inForce, fleet(6, 2)).holdReason).toBeUndefined();
});
