/** A plan tells of SETs, networks, keys, groups and stations, and shows no key. */

import { expect, test } from 'vitest';
import { planChange } from '../../../../spec/difference/plan-change.ts';
import { renderPlan } from '../../../../spec/difference/render-plan.ts';
import { document, node, service, threeNodes } from '../../../support/spec/documents.ts';
import { resolveContents, sha256, type Contents } from '../../../support/spec/repository-of.ts';

function armoured(body: string): string {
  const head = 'YWdlLWVuY3J5cHRpb24ub3JnL3Yx';
  return `-----BEGIN AGE ENCRYPTED FILE-----\n${head}${body}\n-----END AGE ENCRYPTED FILE-----\n`;
}

const two = { addresses: { inner: 'host-1', outer: '192.0.2.1' } };

interface Version {
  readonly set?: string;
  readonly networks?: readonly string[];
  readonly secretKey?: unknown;
  readonly cipher: string;
  readonly grouping?: object;
  readonly groups: readonly object[];
  readonly station?: object;
}

function repository(version: Version): Contents {
  const { set, networks, secretKey, cipher, grouping, groups, station } = version;
  const auth = { accessKey: 'cart', secretKey, callers: ['Shop.OrderServer'] };
  return {
    ...threeNodes,
    'dc.yaml': document('DataCenter', 'sz', { groups }),
    'n1.yaml': node('n1', two),
    'keys.yaml': document('Secret', 'keys', {
      values: { cart: armoured(cipher), pay: armoured(cipher) },
      readers: ['Shop.CartServer', 'Shop.PayServer'],
    }),
    'cart.yaml': service('Shop.CartServer', {
      placement: [{ nodes: ['n1'], ...(set !== undefined && { set }) }],
      servants: [{ name: 'CartObj', networks, ...(secretKey !== undefined && { auth }) }],
      grouping,
    }),
    'pay.yaml': service('Shop.PayServer', {
      servants: [
        { name: 'PayObj', auth: { accessKey: 'pay', secretKey: { secret: 'keys', key: 'pay' } } },
      ],
    }),
    'order.yaml': service('Shop.OrderServer'),
    ...(station !== undefined && { 'station.yaml': document('Station', 'near', station) }),
  };
}

function planOf(from: Version, to: Version) {
  const [before, after] = [from, to].map((version) => {
    const { desired, faults } = resolveContents(repository(version));
    expect(faults.filter(({ severity }) => severity === 'error')).toEqual([]);
    return desired;
  });
  return planChange(before!, after!, sha256);
}

const before: Version = {
  cipher: 'Cg==',
  secretKey: 'hunter2',
  groups: [
    { name: 'east', allow: ['10.1.0.*'] },
    { name: 'west', allow: ['10.2.0.*'] },
  ],
};
const after: Version = {
  cipher: 'Ch==',
  set: 'shop.sz.1',
  networks: ['outer'],
  secretKey: { secret: 'keys', key: 'cart' },
  grouping: { group: 'west' },
  groups: [
    { name: 'before', allow: ['10.0.0.*'] },
    { name: 'west', allow: ['10.2.0.*', '10.2.1.*'], order: 'deny-allow' },
  ],
  station: { groups: ['before', 'west'] },
};

const expected = `\
sz/Shop.CartServer    ~ 4 changed   ↻ 1 instance on n1
  set                         + shop.sz.1
  servants.CartObj.networks   + ["outer"]
  servants.CartObj.auth       cart, key in plain text → cart, key cart of Secret keys
  grouping                    + group west, idc true
sz/Shop.OrderServer   ~ 1 changed   ↻ 1 instance on n1
  calls.Shop.CartServer.CartObj.auth   cart, key in plain text → cart, key cart of Secret keys
sz/Shop.PayServer     ~ 1 changed   ↻ 1 instance on n1
  servants.PayObj.auth   pay, key pay of Secret keys → another value: pay, key pay of Secret keys
IDC group sz/before   + new
IDC group sz/east     - removed
IDC group sz/west     ~ 2 changed
  allow   ["10.2.0.*"] → ["10.2.0.*","10.2.1.*"]
  order   allow-deny → deny-allow
station near          + new
Plan: 2 add, 4 change, 1 remove, 3 restarts on 1 node in 1 data centre.
`;

test('what changes is told line by line', () => {
  const text = renderPlan(planOf(before, after));
  expect(text.replace(/ +digest .*/, '')).toBe(expected);
});

test('no value of a change holds a key, and a group whose number alone changes is no change', () => {
  const plan = planOf(before, after);
  const text = JSON.stringify(plan);
  expect(text).not.toMatch(/hunter2|BEGIN AGE|YWdl/);
  expect(plan.objects.map(({ kind, name, action }) => `${action} ${kind} ${name}`)).toEqual([
    'add IdcGroup before',
    'remove IdcGroup east',
    'change IdcGroup west',
    'add Station near',
  ]);
  const same = planOf(before, {
    ...before,
    groups: [...before.groups, { name: 'a', allow: ['10.9.9.9'] }],
  });
  expect(same.objects).toMatchObject([{ action: 'add', name: 'a' }]);
});
