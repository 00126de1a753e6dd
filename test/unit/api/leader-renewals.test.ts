/** A leader that goes on leading is no change for anybody who watches. */

import { expect, it, onTestFinished } from 'vitest';
import type { StatusPorts } from '../../../controller/api/status-ports.ts';
import { ChangeFeed } from '../../../controller/api/watch/change-feed.ts';
import type { LeaseCommand } from '../../../replica/core/lease.ts';
import { MemoryReplica } from '../../support/registry/memory-replica.ts';
import { Fleet } from '../../support/status/fleet.ts';

function startFeed() {
  const registry = new MemoryReplica();
  const fleet = new Fleet(registry);
  const { facts } = fleet;
  const ports: StatusPorts = {
    registry,
    controller: { name: 'a', version: '0', startedAt: 0 },
    packages: { ...fleet.packageLookup, list: () => [], onChange: () => () => {} },
    agents: {
      heardAt: () => fleet.now,
      connected: 0,
      async *requestLogs() {},
      sendCommand: () => Promise.reject(new Error('nobody is there')),
    },
    collected: {
      counters: () => [],
      notifications: () => ({ items: [], total: 0, hasMore: false }),
    },
    members: () => Promise.reject(new Error('nobody asks')),
    source: () => facts.source,
    faults: () => facts.faults,
    rolloutOf: () => undefined,
    now: () => fleet.now,
    notReady: () => [],
  };
  const feed = new ChangeFeed(ports);
  onTestFinished(() => feed.close());
  const lease = async (controller: string, wish: LeaseCommand) => {
    const { result } = await registry.propose({ type: 'lease', at: 1, controller, lease: wish });
    return result.accepted ? (result.lease?.lease?.token ?? 0) : 0;
  };
  return { feed, lease };
}

it('only another leader is', async () => {
  const { feed, lease } = startFeed();
  const wish = { type: 'acquire-lease', name: 'leader', durationMs: 5_000 } as const;
  const token = await lease('a', { ...wish, holder: 'a/1' });
  const before = feed.ring.last;
  expect(before).toBeGreaterThan(0);
  for (let renewals = 0; renewals < 10; renewals += 1) {
    await lease('a', { type: 'renew-lease', name: 'leader', holder: 'a/1', token });
  }
  expect(feed.ring.last).toBe(before);
  const watched = { token, renewals: 10 };
  expect(await lease('b', { ...wish, holder: 'b/1', watched })).toBeGreaterThan(token);
  expect([...(feed.ring.sinceNumber('events', before) ?? [])]).toHaveLength(1);
  expect([...(feed.ring.sinceNumber('cluster', before) ?? [])]).toEqual(['']);
});
