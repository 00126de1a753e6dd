/** Built-in templates while something that they inherit from, or that replaces them, is held. */

import { describe, expect, test } from 'vitest';
import { applyHolds } from '../../../../spec/holds/apply-holds.ts';
import {
  dataCenter,
  document,
  node,
  service,
  threeNodes,
} from '../../../support/spec/documents.ts';
import { resolveContents, type Contents } from '../../../support/spec/repository-of.ts';

const unreadable = '{ never closed\n';

function own(name: string, spec: object = {}): string {
  return document('Template', name, { content: `# ${name}\n`, ...spec });
}

function tars(name: string, level: string, spec: object = {}): string {
  const release = { package: name, version: '1.0.0' };
  return service(name, { type: 'tars-go', release, env: { LEVEL: level }, ...spec });
}

/** What the last of two commits holds, and where which services run with what. */
function commit(before: Contents, after: Contents) {
  const { desired: inForce } = resolveContents({ ...threeNodes, ...before });
  const { desired, held } = applyHolds(inForce, resolveContents({ ...threeNodes, ...after }));
  return {
    held: held.map(({ object, because }) => {
      const cause = because === undefined ? '' : ` by ${because.kind}/${because.name}`;
      return `${object.kind}/${object.name}${cause}`;
    }),
    running: Object.fromEntries(
      [...desired.scopes].map(([id, { revisions }]) => {
        const [revision] = Object.values(revisions);
        return [id, { level: revision?.env['LEVEL'], template: revision?.template }];
      }),
    ),
  };
}

describe('a broken Template in the place of a built-in one', () => {
  const oops = { oops: 1 };

  test.each<[string, object, Contents, Contents]>([
    [
      'that is the parent of the one that is named',
      { template: 'tars.go.default' },
      { 'own.yaml': own('tars.default') },
      { 'own.yaml': own('tars.default', oops) },
    ],
    [
      'that is the parent of the one of its type',
      {},
      { 'own.yaml': own('tars.default') },
      { 'own.yaml': own('tars.default', oops) },
    ],
    [
      'that is two parents away',
      { type: 'tars-python' },
      { 'own.yaml': own('tars.default') },
      { 'own.yaml': own('tars.default', oops) },
    ],
    [
      'that is the parent of the one that its Template goes on from',
      {},
      {
        'own.yaml': own('tars.default'),
        'go.yaml': own('tars.go.default', { parent: 'tars.go.default' }),
      },
      { 'own.yaml': own('tars.default', oops) },
    ],
    [
      'that is sound, but not its own parent',
      {},
      { 'own.yaml': own('tars.default', { parent: 'base' }), 'base.yaml': own('base') },
      { 'base.yaml': own('base', oops) },
    ],
  ])('holds a service by one %s', (_name, spec, templates, damage) => {
    const base = { ...templates, 'other.yaml': own('other') };
    const at = (level: string): Contents => ({
      'cart.yaml': tars('Shop.CartServer', level, spec),
      'pay.yaml': tars('Shop.PayServer', level, { template: 'other' }),
    });
    const sound = commit({ ...base, ...at('1') }, { ...base, ...at('1') });
    const { held, running } = commit({ ...base, ...at('1') }, { ...base, ...at('2'), ...damage });
    expect(held.filter((name) => name.startsWith('Service/'))).toEqual([
      expect.stringMatching(/^Service\/Shop\.CartServer by Template\/(tars\.default|base)$/),
    ]);
    expect(running['sz/Shop.CartServer']).toEqual(sound.running['sz/Shop.CartServer']);
    expect(running['sz/Shop.PayServer']).toEqual({ level: '2', template: '# other\n' });
  });
});

describe('a file that cannot be read may hold what replaces a built-in template', () => {
  const base: Contents = {
    'sh.yaml': dataCenter('sh'),
    'far.yaml': node('far', { dataCenter: 'sh' }),
    'own.yaml': own('tars.default'),
    'other.yaml': own('other'),
    'cart.yaml': tars('Shop.CartServer', '1'),
    'pay.yaml': tars('Shop.PayServer', '1', { template: 'other' }),
  };
  const far = { placement: [{ nodes: ['far'] }] };
  const cartBefore = { level: '1', template: '# tars.default\n' };
  const held = ['Service/Shop.CartServer by File/own.yaml'];

  test('which holds a service that stays where it is', () => {
    const next = {
      'cart.yaml': tars('Shop.CartServer', '2'),
      'pay.yaml': tars('Shop.PayServer', '2', { template: 'other' }),
    };
    expect(commit(base, { ...base, ...next, 'own.yaml': unreadable })).toEqual({
      held,
      running: {
        'sz/Shop.CartServer': cartBefore,
        'sz/Shop.PayServer': { level: '2', template: '# other\n' },
      },
    });
  });

  test('which holds a service that moves to another data centre', () => {
    const next = {
      'cart.yaml': tars('Shop.CartServer', '2', far),
      'pay.yaml': tars('Shop.PayServer', '2', { template: 'other', ...far }),
    };
    expect(commit(base, { ...base, ...next, 'own.yaml': unreadable })).toEqual({
      held,
      running: {
        'sz/Shop.CartServer': cartBefore,
        'sh/Shop.PayServer': { level: '2', template: '# other\n' },
      },
    });
  });

  test('which holds no service whose built-in template stays the same', () => {
    const { 'own.yaml': _own, ...builtin } = base;
    const next = { 'cart.yaml': tars('Shop.CartServer', '2', far), 'more.yaml': unreadable };
    const outcome = commit(builtin, { ...builtin, ...next });
    expect(outcome.held).toEqual([]);
    expect(outcome.running['sh/Shop.CartServer']).toMatchObject({ level: '2' });
    expect(outcome.running).not.toHaveProperty('sz/Shop.CartServer');
  });
});
