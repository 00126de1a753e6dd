/** What people read in a dozen situations: the status screen and every why. */

import { describe, expect, test } from 'vitest';
import { renderStatus } from '../../../registry/status/render/render-status.ts';
import { renderWhy } from '../../../registry/status/render/render-why.ts';
import { plainTextStyle } from '../../../spec/wording/text-style.ts';
import { statusView } from '../../../registry/status/status-view.ts';
import { explainWhy, kindOfName } from '../../../registry/status/why/explain-why.ts';
import { expectGolden } from '../../support/golden.ts';
import { commitId, Fleet, minuteMs, secondMs } from '../../support/status/fleet.ts';

const cart = 'Shop.CartServer';
const order = 'Shop.OrderServer';
const sz = ['sz-1', 'sz-2'];

/** Two nodes, two services, all of it running since ten minutes. */
async function healthyFleet(): Promise<Fleet> {
  const fleet = new Fleet();
  fleet.packages.add(`${cart} 1.0.0`).add(`${order} 1.0.0`);
  await fleet.commit('first services', {
    nodes: sz,
    services: [
      { name: cart, nodes: sz },
      { name: order, nodes: ['sz-1'] },
    ],
  });
  await fleet.connect(...sz);
  await fleet.run(`sz/${cart}`, ...sz);
  await fleet.run(`sz/${order}`, 'sz-1');
  fleet.pass(10 * minuteMs);
  return fleet;
}

const service = (name: string) => ({ kind: 'Service', name });

interface Situation {
  readonly name: string;
  /** Names to ask `why` for. */
  readonly why: readonly string[];
  make(): Promise<Fleet>;
}

const situations: readonly Situation[] = [
  {
    name: 'all-fine',
    why: [`sz/${cart}`, `${cart}@sz-1`, 'sz-1', 'source', commitId('first services').slice(0, 7)],
    make: healthyFleet,
  },
  { name: 'empty-cluster', why: ['source'], make: async () => new Fleet() },
  {
    name: 'crash-loop',
    why: [cart, `${cart}@sz-2`, 'sz-2', commitId('raise cart').slice(0, 10)],
    async make() {
      const fleet = await healthyFleet();
      fleet.packages.add(`${cart} 1.1.0`);
      await fleet.commit('raise cart', { services: [{ name: cart, version: '1.1.0', nodes: sz }] });
      await fleet.tell(`sz/${cart}`, 'sz-2');
      fleet.pass(20 * secondMs);
      await fleet.report(`${cart}@sz-2`, {
        phase: 'backoff',
        reason: 'CrashLoop',
        restarts: 4,
        lastExit: { code: 3, at: fleet.now - 2 * secondMs },
        nextTryAt: fleet.now + 12 * secondMs,
      });
      fleet.pass(secondMs);
      return fleet;
    },
  },
  {
    name: 'node-lost',
    why: [cart, `${cart}@sz-2`, 'sz-2'],
    async make() {
      const fleet = await healthyFleet();
      fleet.pass(5 * secondMs, ['sz-1']);
      await fleet.lose('sz-2');
      fleet.pass(3 * minuteMs);
      return fleet;
    },
  },
  {
    name: 'whole-data-centre-lost',
    why: [`sz/${cart}`],
    async make() {
      const fleet = await healthyFleet();
      for (const node of sz) await fleet.lose(node);
      fleet.pass(70 * secondMs);
      return fleet;
    },
  },
  {
    name: 'controller-restarted-and-not-heard-yet',
    why: [`${cart}@sz-1`],
    async make() {
      const fleet = await healthyFleet();
      fleet.heard.clear();
      fleet.pass(secondMs, []);
      return fleet;
    },
  },
  {
    name: 'package-missing',
    why: [cart, `${cart}@sz-1`],
    async make() {
      const fleet = await healthyFleet();
      await fleet.commit('raise cart too early', {
        services: [{ name: cart, version: '2.0.0', nodes: sz }],
      });
      fleet.pass(30 * secondMs);
      return fleet;
    },
  },
  {
    name: 'package-deleted-while-it-runs',
    why: [cart, `${cart}@sz-1`],
    async make() {
      const fleet = await healthyFleet();
      fleet.packages.delete(`${cart} 1.0.0`);
      return fleet;
    },
  },
  {
    name: 'held-object',
    why: [cart, 'Shop.NewServer', 'source', commitId('typo').slice(0, 7)],
    async make() {
      const fleet = await healthyFleet();
      await fleet.commit('typo', {
        source: {
          held: [
            {
              object: service(cart),
              reason: 'SPEC_UNKNOWN_FIELD',
              message: 'Unknown field `replica_gruop` in Service.spec.',
            },
            {
              object: service('Shop.NewServer'),
              reason: 'SPEC_REFERENCE_MISSING',
              message: 'Template shop.base is broken.',
              because: { kind: 'Template', name: 'shop.base' },
            },
            {
              object: { kind: 'Template', name: 'shop.base' },
              reason: 'SPEC_YAML_SYNTAX',
              message: 'A tab cannot indent.',
            },
          ],
        },
      });
      fleet.faults = [
        {
          code: 'SPEC_UNKNOWN_FIELD',
          severity: 'error',
          message: 'Unknown field `replica_gruop` in Service.spec.',
          path: 'apps/cart.yaml',
          line: 6,
          column: 3,
          suggestion: 'did you mean `replica_group`?',
          object: service(cart),
        },
        {
          code: 'SPEC_YAML_SYNTAX',
          severity: 'error',
          message: 'A tab cannot indent.',
          path: 'templates/base.yaml',
          line: 2,
          column: 1,
          object: { kind: 'Template', name: 'shop.base' },
        },
      ];
      fleet.pass(90 * secondMs);
      return fleet;
    },
  },
  {
    name: 'deletion-brake',
    why: ['source', commitId('clean up').slice(0, 7)],
    async make() {
      const fleet = await healthyFleet();
      await fleet.commit('clean up', {
        source: {
          inForceCommit: commitId('first services'),
          holdReason: {
            code: 'DELETION_BRAKE',
            message:
              'The commit removes 14 services, more than the limit of 10. To confirm: deletionBrake.confirmDelete: 14.',
          },
        },
      });
      fleet.pass(4 * minuteMs);
      return fleet;
    },
  },
  {
    name: 'source-unreachable',
    why: ['source', `sz/${cart}`],
    async make() {
      const fleet = await healthyFleet();
      fleet.source = {
        ...fleet.source,
        problem: {
          code: 'SOURCE_UNREACHABLE',
          message: 'git.example did not answer within 20 s.',
          hint: 'Check the network between the controller and git.example.',
          since: fleet.now,
        },
      };
      fleet.pass(25 * minuteMs);
      return fleet;
    },
  },
  {
    name: 'source-rewound',
    why: ['source'],
    async make() {
      const fleet = await healthyFleet();
      fleet.source = {
        ...fleet.source,
        frozen: {
          code: 'SOURCE_REWOUND',
          message:
            'The history of main was rewritten. Nothing of it is taken over; what is in force stays.',
          hint: 'To go back: push the old head again.',
          since: fleet.now,
        },
      };
      fleet.pass(2 * minuteMs);
      return fleet;
    },
  },
  {
    name: 'rolling',
    why: [cart, `${cart}@sz-1`, `${cart}@sz-2`, commitId('raise cart').slice(0, 7)],
    async make() {
      const fleet = await healthyFleet();
      fleet.packages.add(`${cart} 1.1.0`);
      await fleet.commit('raise cart', { services: [{ name: cart, version: '1.1.0', nodes: sz }] });
      await fleet.tell(`sz/${cart}`, 'sz-2');
      await fleet.report(`${cart}@sz-2`, { phase: 'starting', pid: 4_711, startedAt: fleet.now });
      fleet.pass(4 * secondMs);
      return fleet;
    },
  },
  {
    name: 'rollout-stalled-by-deadline',
    why: [cart],
    async make() {
      const fleet = await healthyFleet();
      fleet.packages.add(`${cart} 1.1.0`);
      await fleet.commit('raise cart', { services: [{ name: cart, version: '1.1.0', nodes: sz }] });
      await fleet.tell(`sz/${cart}`, 'sz-2');
      await fleet.report(`${cart}@sz-2`, { phase: 'installing' });
      fleet.pass(11 * minuteMs);
      fleet.rollouts.set(`sz/${cart}`, {
        generation: 2,
        phase: 'stalled',
        reason: 'ProgressDeadlineExceeded',
        message: `No progress within 600 s; not there yet: ${cart}@sz-1, ${cart}@sz-2.`,
      });
      return fleet;
    },
  },
  {
    name: 'stopped-by-git',
    why: [cart],
    async make() {
      const fleet = await healthyFleet();
      await fleet.commit('stop cart', { services: [{ name: cart, nodes: sz, state: 'stopped' }] });
      await fleet.tell(`sz/${cart}`, ...sz);
      for (const node of sz) await fleet.report(`${cart}@${node}`, { phase: 'stopped' });
      fleet.pass(minuteMs);
      return fleet;
    },
  },
  {
    name: 'removed-and-leaving',
    why: [order, `${order}@sz-1`],
    async make() {
      const fleet = await healthyFleet();
      await fleet.commit('remove order', { remove: [`sz/${order}`] });
      fleet.pass(secondMs);
      return fleet;
    },
  },
  {
    name: 'node-never-seen-and-node-not-in-git',
    why: ['sz-3', 'sz-2', `${order}@sz-3`],
    async make() {
      const fleet = await healthyFleet();
      await fleet.commit('move order', {
        nodes: ['sz-3'],
        removeNodes: ['sz-2'],
        services: [
          { name: order, nodes: ['sz-3'] },
          { name: cart, nodes: ['sz-1'] },
        ],
      });
      fleet.pass(10 * secondMs);
      return fleet;
    },
  },
  {
    name: 'hostile-and-wide-names',
    why: [cart],
    async make() {
      const fleet = await healthyFleet();
      await fleet.commit('釣り \u001B[31mred\u001B[0m \u202Egnirts', {
        services: [{ name: '商店.購物車', nodes: ['sz-1'] }],
      });
      await fleet.tell('sz/商店.購物車', 'sz-1');
      await fleet.report('商店.購物車@sz-1', {
        phase: 'failed',
        reason: 'StartFailed',
        message: 'cannot start:\u0007 \u001B]0;title\u0007bad\r\nsecond line',
      });
      fleet.pass(secondMs);
      return fleet;
    },
  },
  {
    name: 'unknown-commit',
    why: ['0123456789abcdef'],
    make: healthyFleet,
  },
];

function screen(fleet: Fleet, names: readonly string[]): string {
  const options = { style: plainTextStyle, now: fleet.now };
  const parts = [`$ tarsctl status\n${renderStatus(statusView(fleet.input), options)}`];
  for (const name of names) {
    const why = explainWhy(fleet.input, kindOfName(fleet.input, name), name);
    parts.push(
      `$ tarsctl why ${name}\n${why === undefined ? '(unknown)\n' : renderWhy(why, options)}`,
    );
  }
  return parts.join('\n');
}

describe('situations', () => {
  test.each(situations)('$name', async ({ name, why, make }) => {
    const fleet = await make();
    const found = screen(fleet, why);
    expect(found).not.toMatch(/[^\n\P{Cc}]|undefined|NaN/u);
    expectGolden(`status/${name}.txt`, found);
  });
});
