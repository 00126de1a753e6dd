import { describe, expect, test } from 'vitest';
import { applyTargets } from '../../../nodeagent/session/apply-targets.ts';
import { ReportQueue } from '../../../nodeagent/session/report-queue.ts';
import type { InstanceObserved } from '../../../registry/model.ts';
import { target } from '../../support/agent/targets.ts';

const a = target({ service: 'Demo.A' });
const b = target({ service: 'Demo.B' });
const message = { type: 'targets', remove: [], upsert: [] } as const;

const seen = (instance: string, restarts = 0): InstanceObserved => ({
  instance,
  phase: 'running',
  observedGeneration: 1,
  restarts,
  endpoints: [],
  since: 1,
});

const n1 = { node: 'n1', registryId: undefined };

describe('targets', () => {
  test('in full replace what was known, and keep the facts of the node when none are sent', () => {
    const nodeFacts = {
      dataCenter: 'dc',
      addresses: { lan: '10.0.0.1' },
      portRange: { from: 1, to: 2 },
    };
    const known = { revision: 3, targets: [a], nodeFacts };
    expect(applyTargets(known, { ...message, revision: 5, upsert: [b] }, n1)).toEqual({
      kind: 'applied',
      set: { revision: 5, targets: [b], nodeFacts },
    });
  });

  test('as a change need exactly their base', () => {
    const change = { ...message, revision: 5, base: 3, upsert: [b], remove: [a.instance] };
    expect(applyTargets({ revision: 3, targets: [a] }, change, n1)).toEqual({
      kind: 'applied',
      set: { revision: 5, targets: [b] },
    });
    for (const revision of [2, 4]) {
      expect(applyTargets({ revision, targets: [a] }, change, n1)).toEqual({
        kind: 'wrong-base',
      });
    }
    expect(applyTargets(undefined, change, n1)).toEqual({ kind: 'wrong-base' });
  });

  test.each([
    ['of another node', { ...a, node: 'n2' }],
    ['with an instance that does not fit', { ...a, instance: 'Demo.B@n1' }],
    ['with a path for a name', { ...a, service: '../x', instance: '../x@n1' }],
    ['with a hidden name', { ...a, service: '.x', instance: '.x@n1' }],
  ])('%s are left out', (_name, wrong) => {
    const applied = applyTargets(undefined, { ...message, revision: 1, upsert: [wrong, b] }, n1);
    expect(applied).toMatchObject({ set: { targets: [b] } });
  });
});

describe('reports', () => {
  test('begin in full, then hold the newest of each change, and come again when not taken', () => {
    const queue = new ReportQueue();
    queue.changed(seen('x'));
    const full = queue.next(() => [seen('x'), seen('y')]);
    expect(full).toMatchObject({
      number: 1,
      full: true,
      instances: [{ instance: 'x' }, { instance: 'y' }],
    });
    expect(queue.next(() => [])).toMatchObject({ number: 1, full: true });
    queue.sent(full!);
    expect(queue.next(() => [])).toBeUndefined();

    queue.changed(seen('x', 1));
    queue.changed(seen('x', 2));
    queue.gone('y');
    const change = queue.next(() => []);
    expect(change).toMatchObject({
      number: 2,
      full: false,
      instances: [{ restarts: 2 }],
      gone: ['y'],
    });
    queue.changed(seen('y'));
    const again = queue.next(() => []);
    expect(again).toMatchObject({ number: 2, gone: [] });
    queue.sent(again!);
    queue.reset();
    expect(queue.next(() => [])).toMatchObject({ number: 1, full: true });
  });
});
