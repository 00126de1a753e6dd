/** Keys of servants: who asks for them, who is given them, and what a change of one changes. */

import { expect, test } from 'vitest';
import type { InstanceRevision } from '../../../../spec/desired-state.ts';
import { resolveRepository } from '../../../../spec/resolve/resolve-repository.ts';
import { document, service, threeNodes } from '../../../support/spec/documents.ts';
import {
  inputOf,
  loadContents,
  resolveContents,
  type Contents,
} from '../../../support/spec/repository-of.ts';

function armoured(body: string): string {
  const head = 'YWdlLWVuY3J5cHRpb24ub3JnL3Yx';
  return `-----BEGIN AGE ENCRYPTED FILE-----\n${head}${body}\n-----END AGE ENCRYPTED FILE-----\n`;
}

const keys = (cart: string, readers = ['Shop.CartServer']) =>
  document('Secret', 'keys', { values: { cart: armoured(cart) }, readers });

const asking = (name: string, callers: readonly string[], secretKey: unknown) =>
  service(name, {
    servants: [{ name: 'MainObj', auth: { accessKey: 'main', secretKey, callers } }],
  });

const inSecret = { secret: 'keys', key: 'cart' };
const base: Contents = {
  ...threeNodes,
  'keys.yaml': keys('Cg=='),
  'cart.yaml': asking('Shop.CartServer', ['Shop.OrderServer'], inSecret),
  'echo.yaml': asking('Base.EchoServer', ['Shop.OrderServer'], 'plain'),
  'order.yaml': service('Shop.OrderServer'),
  'mail.yaml': service('Shop.MailServer'),
};

function revisionOf(contents: Contents, name: string): InstanceRevision {
  const { desired, faults } = resolveContents(contents);
  expect(faults.filter(({ severity }) => severity === 'error')).toEqual([]);
  const [revision] = Object.values(desired.scopes.get(`sz/${name}`)?.revisions ?? {});
  return revision as InstanceRevision;
}

test('a servant asks for the encrypted value, and its callers are given it, sorted by object', () => {
  const ofCart = { accessKey: 'main', secretKey: { ...inSecret, ciphertext: armoured('Cg==') } };
  const ofEcho = { accessKey: 'main', secretKey: { plain: 'plain' } };
  expect(revisionOf(base, 'Shop.CartServer').servants[0]?.auth).toEqual(ofCart);
  expect(revisionOf(base, 'Shop.OrderServer').calls).toEqual([
    { object: 'Base.EchoServer.MainObj', auth: ofEcho },
    { object: 'Shop.CartServer.MainObj', auth: ofCart },
  ]);
  for (const name of ['Shop.MailServer', 'Shop.CartServer']) {
    expect(revisionOf(base, name)).not.toHaveProperty('calls');
  }
});

test('a new value changes the services at both ends of the key, and no other', () => {
  const files = loadContents(base);
  const previous = resolveRepository(inputOf(base, files));
  const contents = { ...base, 'keys.yaml': keys('Ch==') };
  const input = inputOf(contents, loadContents(contents, files));
  const { desired } = resolveRepository({ ...input, previous });
  const changed = [...desired.scopes].filter(
    ([id, scope]) => previous.desired.scopes.get(id) !== scope,
  );
  expect(changed.map(([id]) => id).toSorted()).toEqual([
    'sz/Shop.CartServer',
    'sz/Shop.OrderServer',
  ]);
});

test('a service that is no reader gets nothing', () => {
  const { desired, faults } = resolveContents({ ...base, 'keys.yaml': keys('Cg==', []) });
  const errors = faults.filter(({ severity }) => severity === 'error');
  expect(errors).toMatchObject([
    { code: 'SPEC_SECRET_READER', object: { name: 'Shop.CartServer' } },
  ]);
  const [order] = Object.values(desired.scopes.get('sz/Shop.OrderServer')?.revisions ?? {});
  expect(order?.calls?.map(({ object }) => object)).toEqual(['Base.EchoServer.MainObj']);
});

test('keys that come and go again, step by step, are those of a look at everything', () => {
  const pay = (callers: readonly string[]) => asking('Shop.PayServer', callers, 'pay');
  const steps: readonly Contents[] = [
    base,
    { ...base, 'pay.yaml': pay(['Shop.OrderServer', 'Shop.MailServer']) },
    { ...base, 'pay.yaml': pay(['Shop.MailServer', 'Shop.OrderServer']) },
    { ...base, 'pay.yaml': pay(['Shop.OrderServer']) },
    { ...base, 'pay.yaml': `# moved\n${pay(['Shop.OrderServer'])}` },
    { ...base, 'pay.yaml': pay([]) },
    base,
    { ...base, 'cart.yaml': service('Shop.CartServer'), 'echo.yaml': service('Base.EchoServer') },
  ];
  let files = loadContents(base);
  let previous = resolveRepository(inputOf(base, files));
  for (const contents of steps) {
    files = loadContents(contents, files);
    previous = resolveRepository({ ...inputOf(contents, files), previous });
    const { memo, desired } = resolveContents(contents);
    expect(new Map([...previous.memo.auth.calls].toSorted())).toEqual(
      new Map([...memo.auth.calls].toSorted()),
    );
    expect(new Map([...previous.desired.scopes].toSorted())).toEqual(
      new Map([...desired.scopes].toSorted()),
    );
  }
  expect(previous.memo.auth.calls.size).toBe(0);
});
