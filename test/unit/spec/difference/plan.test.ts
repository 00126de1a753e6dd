/** Plans say exactly what their golden files say. UPDATE_GOLDEN=1 rewrites them. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { planChange } from '../../../../spec/difference/plan-change.ts';
import type { Plan } from '../../../../spec/difference/plan.ts';
import { renderPlan } from '../../../../spec/difference/render-plan.ts';
import { plainTextStyle } from '../../../../spec/wording/text-style.ts';
import { config, document, node, service, threeNodes } from '../../../support/spec/documents.ts';
import { resolveContents, sha256, type Contents } from '../../../support/spec/repository-of.ts';

const golden = fileURLToPath(new URL('../../../golden/plans/', import.meta.url));

function planOf(before: Contents, after: Contents): Plan {
  return planChange(resolveContents(before).desired, resolveContents(after).desired, sha256);
}

const release = (version: string, digest?: string) => ({
  release: { package: 'Shop.CartServer', version, ...(digest && { digest }) },
});
const everywhere = { placement: [{ nodes: ['n1', 'n2', 'n3'] }] };
const base: Contents = {
  ...threeNodes,
  'cluster.yaml': document('Cluster', 'shop', {}),
  'cart.yaml': service('Shop.CartServer', {
    ...everywhere,
    ...release('2.4.0', `sha256:${'9af1'.repeat(16)}`),
    configs: ['order.conf'],
    env: { LOG_LEVEL: 'info', DB_PASSWORD: 'one' },
    servants: [{ name: 'CartObj', port: 9000 }],
  }),
  'apps/order.yaml': config(
    'order',
    { service: 'Shop.CartServer' },
    { fileName: 'order.conf', content: undefined, file: 'order.conf' },
  ),
  'apps/order.conf': 'a=1\nb=2\nc=3\nd=4\n',
  'template.yaml': document('Template', 'base', { content: '<tars>\n</tars>\n' }),
  'pay.yaml': service('Shop.PayServer', { template: 'base' }),
};

const scenarios: Readonly<Record<string, Contents>> = {
  'nothing changes': { ...base, 'pay.yaml': `# a comment\n${base['pay.yaml']}` },
  'a new version with its digest and a line of configuration': {
    ...base,
    'cart.yaml': (base['cart.yaml'] ?? '').replace('2.4.0', '2.4.1').replaceAll('9af1', '77c0'),
    'apps/order.conf': 'a=1\nb=2\nc=33\nd=4\n',
  },
  'a service comes, one goes, and a node with it': {
    'dc.yaml': base['dc.yaml'] ?? '',
    'n1.yaml': base['n1.yaml'] ?? '',
    'n2.yaml': base['n2.yaml'] ?? '',
    'n4.yaml': node('n4', { labels: { disk: 'ssd' } }),
    'cluster.yaml': base['cluster.yaml'] ?? '',
    'pay.yaml': base['pay.yaml'] ?? '',
    'template.yaml': base['template.yaml'] ?? '',
    'mail.yaml': service('Mail.SendServer', { placement: [{ nodes: ['n2', 'n4'] }] }),
  },
  'every kind of field': {
    ...base,
    'cluster.yaml': document('Cluster', 'shop', { deletionBrake: { maxNodes: 7 } }),
    'n2.yaml': node('n2', { labels: { disk: 'ssd' }, addresses: { inner: 'other' } }),
    'template.yaml': document('Template', 'base', { content: '<tars>\n  a=1\n</tars>\n' }),
    'cart.yaml': service('Shop.CartServer', {
      ...everywhere,
      ...release('2.4.0'),
      configs: [],
      env: { LOG_LEVEL: 'debug and more', DB_PASSWORD: 'two', NEW: '' },
      servants: [{ name: 'AdminObj' }, { name: 'CartObj', port: 9001 }],
      run: {
        start: `./main ${'--option '.repeat(20)}`,
        limits: { memory: '1Gi' },
        monitor: { tcp: 9001 },
      },
      rollout: { strategy: 'recreate', batch: 1 },
    }),
  },
  'instances move, stop and start': {
    ...base,
    'cart.yaml': (base['cart.yaml'] ?? '').replace('"n1","n2","n3"', '"n1","n2"'),
    'pay.yaml': service('Shop.PayServer', {
      template: 'base',
      state: 'stopped',
      placement: [{ nodes: ['n2'] }],
    }),
  },
  'a file on one node alone': {
    ...base,
    'node.yaml': config(
      'order-n2',
      { service: 'Shop.CartServer', node: 'n2' },
      { fileName: 'order.conf', content: 'd=5\n' },
    ),
  },
  'a setting of the cluster that every service uses': {
    ...base,
    'cluster.yaml': document('Cluster', 'shop', { defaults: { timeouts: { stopTimeoutMs: 99 } } }),
  },
};

/** A TARS service that is served two files; it writes one more before it starts. */
const served: Contents = {
  ...threeNodes,
  'cart.yaml': service('Shop.CartServer', {
    type: 'tars-nodejs',
    run: {},
    ...release('2.4.0'),
    configs: ['start.conf'],
    placement: [{ nodes: ['n1', 'n2'], set: 'shop.sz.1' }, { nodes: ['n3'] }],
  }),
  'apps/cart.yaml': config(
    'cart',
    { service: 'Shop.CartServer' },
    { fileName: 'cart.conf', content: undefined, file: 'cart.conf' },
  ),
  'apps/cart.conf': 'a=1\nb=2\nc=3\n',
  'apps/start.yaml': config('start', { app: 'Shop' }, { fileName: 'start.conf' }),
  'limits/app.yaml': config(
    'limits',
    { app: 'Shop' },
    { fileName: 'limits.json', merge: 'deep', content: undefined, file: 'app.json' },
  ),
  'limits/app.json': '{ "orders": 10, "carts": 5 }',
  'limits/set.yaml': config(
    'limits-sz',
    { app: 'Shop', set: 'shop.sz.*' },
    { fileName: 'limits.json', merge: 'deep', content: undefined, file: 'sz.json' },
  ),
  'limits/sz.json': '{ "orders": 20 }',
};

const servedScenarios: Readonly<Record<string, Contents>> = {
  'a served file changes': { ...served, 'apps/cart.conf': 'a=1\nb=22\nc=3\n' },
  'a level of a set changes': { ...served, 'limits/sz.json': '{ "orders": 30 }' },
  'a level of the application changes that a set hides': {
    ...served,
    'limits/app.json': '{ "orders": 11, "carts": 5 }',
  },
  'a level comes that changes no text': {
    ...served,
    'limits/own.yaml': config(
      'limits-own',
      { service: 'Shop.CartServer', node: 'n1' },
      { fileName: 'limits.json', merge: 'deep', content: '{}' },
    ),
  },
  'a file that is written at start changes, and a served one': {
    ...served,
    'apps/start.yaml': config('start', { app: 'Shop' }, { fileName: 'start.conf', content: 'x\n' }),
    'apps/cart.conf': 'a=1\n',
  },
  'a file is served for the first time': {
    ...served,
    'new.yaml': config('new', { app: 'Shop' }, { fileName: 'new.conf', content: 'x=1\n' }),
  },
};

function slug(name: string): string {
  return name.replaceAll(/[^a-z]+/g, '-');
}

describe('the plan when', () => {
  const all = [
    ...Object.entries(scenarios).map(([name, after]) => [name, base, after] as const),
    ...Object.entries(servedScenarios).map(([name, after]) => [name, served, after] as const),
  ];

  test.each(all)('%s', (name, before, after) => {
    const found = renderPlan(planOf(before, after), { inForce: '88213', tookMs: 212.6 });
    const file = `${golden}${slug(name)}.txt`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, found);
    expect(found).toBe(readFileSync(file, 'utf8'));
  });

  test('has a golden file for each scenario, and no other', () => {
    const wanted = all.map(([name]) => `${slug(name)}.txt`);
    expect(readdirSync(golden).toSorted()).toEqual(wanted.toSorted());
  });
});

test('only what a process is started with restarts it', () => {
  const counts = (after: Contents) => {
    const { restarts, reloads, nodes } = planOf(served, after).summary;
    return { restarts, reloads, nodes };
  };
  expect(counts(servedScenarios['a served file changes'] ?? {})).toEqual({
    restarts: 0,
    reloads: 3,
    nodes: 0,
  });
  const both = servedScenarios['a file that is written at start changes, and a served one'] ?? {};
  expect(counts(both)).toEqual({ restarts: 3, reloads: 0, nodes: 3 });
});

test('a plan is plain data', () => {
  const plan = planOf(base, scenarios['every kind of field'] ?? {});
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
});

test('colours are painted on whole words', () => {
  const plan = planOf(base, scenarios['a service comes, one goes, and a node with it'] ?? {});
  const good = (text: string) => `<good>${text}</good>`;
  const bad = (text: string) => `<bad>${text}</bad>`;
  const painted = renderPlan(plan, { style: { ...plainTextStyle, good, bad } });
  expect(painted).toContain('<good>+ new</good>');
  expect(painted).toContain('<bad>- removed</bad>');
});
