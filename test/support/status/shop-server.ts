/** A server whose fleet has two data centres, three healthy instances and one crash loop. */

import { minuteMs } from './fleet.ts';
import { startStatusServer, type StatusServer } from './status-server.ts';

export const cart = 'Shop.CartServer';
export const order = 'Shop.OrderServer';
export const nodes = ['sz-1', 'sz-2', 'sh-1'];

export async function startShopServer(): Promise<StatusServer> {
  const started = await startStatusServer();
  const { fleet } = started;
  fleet.packages.add(`${cart} 1.0.0`).add(`${order} 1.0.0`);
  started.packagesChanged();
  await fleet.commit('first services', {
    nodes,
    services: [
      { name: cart, nodes: ['sz-1', 'sz-2'], labels: { team: 'checkout' } },
      { name: cart, dataCenter: 'sh', nodes: ['sh-1'] },
      { name: order, nodes: ['sz-1'] },
    ],
  });
  await fleet.connect(...nodes);
  await fleet.run(`sz/${cart}`, 'sz-1', 'sz-2');
  await fleet.run(`sh/${cart}`, 'sh-1');
  await fleet.tell(`sz/${order}`, 'sz-1');
  await fleet.report(`${order}@sz-1`, {
    phase: 'backoff',
    reason: 'CrashLoop',
    lastExit: { code: 3, at: fleet.now },
    nextTryAt: fleet.now + 5_000,
  });
  fleet.faults = [
    {
      code: 'SPEC_UNKNOWN_FIELD',
      severity: 'error',
      message: 'Unknown field `x`.',
      path: 'a.yaml',
      line: 1,
      column: 2,
      suggestion: 'did you mean `y`?',
      hint: 'known here: y',
      object: { kind: 'Service', name: 'Shop.X' },
      text: 'error[…]\n',
    },
  ];
  fleet.pass(minuteMs);
  return started;
}
