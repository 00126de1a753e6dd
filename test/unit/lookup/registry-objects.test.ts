/** Objects as lookups see them, from the registry: after any commands, and case by case. */

import { fc } from '../../support/seeded-property.ts';
import { describe, expect, it } from 'vitest';
import type { RegistryCommand } from '../../../registry/commands.ts';
import { KnownObjects } from '../../../registry/lookup/known-objects.ts';
import type { LookupObject } from '../../../registry/lookup/lookup-model.ts';
import { objectNamed, objectsOfService } from '../../../registry/lookup/registry-objects.ts';
import { apply, initialRegistryState } from '../../../registry/registry-machine.ts';
import type { InstanceEndpoint } from '../../../registry/model.ts';
import { naiveObjects } from '../../support/lookup/naive-objects.ts';
import {
  commitOf,
  node,
  observedOf,
  openOf,
  reportOf,
  scope,
  servantOf,
  targetOf,
} from '../../support/registry/builders.ts';
import { registryCommand } from '../../support/registry/command-arbitrary.ts';

/** Everybody is there and connected, so that most of what follows is accepted. */
const beginning: readonly RegistryCommand[] = [
  commitOf('c0', {
    upsertNodes: ['n1', 'n2', 'n3'].map((name) => node(name)),
    upsertScopes: ['A.One', 'A.Two'].map((service) =>
      scope({ service, nodes: ['n1', 'n2', 'n3'], revision: `${service}-r0` }),
    ),
  }),
  ...['n1', 'n2', 'n3'].map((name) => openOf(name, 's1')),
];

const commands = fc
  .array(registryCommand, { maxLength: 60, size: 'max' })
  .map((list) => [...beginning, ...list]);

const byName = (objects: Iterable<LookupObject>) =>
  new Map([...objects].map(({ name, endpoints }) => [name, endpoints]));

const unordered = (objects: ReadonlyMap<string, readonly unknown[]>) =>
  [...objects]
    .map(
      ([name, endpoints]) => [name, endpoints.map((one) => JSON.stringify(sorted(one)))] as const,
    )
    .map(([name, endpoints]) => [name, endpoints.toSorted()] as const)
    .toSorted(([left], [right]) => (left < right ? -1 : 1));

const sorted = (value: unknown) => Object.entries(value as object).toSorted();

describe('the objects of a registry', () => {
  it('are after every command those that the naive way finds, told by the services that changed', () => {
    let active = 0;
    let told = 0;
    fc.assert(
      fc.property(commands, (list) => {
        const state = initialRegistryState();
        const known = new KnownObjects(state);
        for (const [index, command] of list.entries()) {
          const before = byName(known.all());
          const result = apply(state, structuredClone(command), index + 1);
          const changes = result.accepted ? result.changes.services : [];
          const { put, removed } = known.update(state, changes);
          const after = byName(known.all());
          expect(unordered(after)).toEqual(unordered(naiveObjects(state)));

          for (const object of put) expect(known.named(object.name)).toBe(object);
          for (const [name, endpoints] of after) {
            const isTold = put.some((object) => object.name === name);
            if (!isTold) expect(endpoints).toBe(before.get(name));
            expect(objectNamed(state, name)?.endpoints).toEqual(endpoints);
            active += endpoints.filter((endpoint) => endpoint.active).length;
          }
          told += put.length;
          const gone = [...before.keys()].filter((name) => !after.has(name));
          expect(removed.toSorted()).toEqual(gone.toSorted());
        }
      }),
      { numRuns: 200 },
    );
    expect(active).toBeGreaterThan(50);
    expect(told).toBeGreaterThan(1_000);
  });

  it('are the same for a registry that was just read', () => {
    fc.assert(
      fc.property(commands, (list) => {
        const state = initialRegistryState();
        const known = new KnownObjects(state);
        for (const [index, command] of list.entries()) {
          const result = apply(state, structuredClone(command), index + 1);
          if (result.accepted) known.update(state, result.changes.services);
        }
        expect(byName(new KnownObjects(state).all())).toEqual(byName(known.all()));
      }),
      { numRuns: 100 },
    );
  });
});

const cart = scope({
  service: 'Shop.CartServer',
  nodes: ['n1', 'n2'],
  revision: 'r1',
  content: {
    set: 'shop.sz.1',
    servants: [
      servantOf('CartObj', {
        port: 9_001,
        weight: 40,
        queueTimeoutMs: 5_000,
        auth: { accessKey: 'cart', secretKey: { plain: 'x' } },
      }),
      servantOf('HttpObj', { protocol: 'not-tars', networks: ['lan', 'wan', 'nowhere'] }),
    ],
  },
});

const nodes = ['n1', 'n2'].map((name, index) => ({
  ...node(name),
  addresses: { lan: `10.0.0.${index + 1}`, wan: `192.0.2.${index + 1}` },
}));

const at = (servant: string, port: number, host = '10.0.0.1'): InstanceEndpoint => ({
  servant,
  protocol: 'tars',
  host,
  port,
  weight: 100,
});

const setTargets = (
  names: readonly string[],
  remove: readonly string[] = [],
  state: 'running' | 'stopped' = 'running',
): RegistryCommand => ({
  type: 'set-targets',
  at: 1,
  fencingToken: 1,
  upsert: names.map((name) => targetOf(cart, name, { state })),
  remove,
  reason: 'test',
});

function report(name: string, endpoints: readonly InstanceEndpoint[]) {
  const seen = observedOf(`Shop.CartServer@${name}`, { endpoints });
  return reportOf(name, 's1', { instances: [seen] });
}

function fleet(...more: readonly RegistryCommand[]) {
  const state = initialRegistryState();
  const all = [commitOf('c1', { upsertNodes: nodes, upsertScopes: [cart] }), ...more];
  for (const [index, command] of all.entries()) {
    expect(apply(state, command, index + 1).accepted).toBe(true);
  }
  return state;
}

const running = [
  openOf('n1', 's1'),
  openOf('n2', 's1'),
  setTargets(['n1', 'n2']),
  report('n1', [at('CartObj', 9_001), at('HttpObj', 20_001)]),
  report('n2', [at('CartObj', 9_001, '0.0.0.0'), at('HttpObj', 20_002)]),
];

const lose: RegistryCommand = { type: 'lose-session', at: 9, node: 'n1', sessionId: 's1' };

const summary = (object: LookupObject | undefined) =>
  object?.endpoints.map(({ host, port, active }) => `${host} ${port} ${active ? 'on' : 'off'}`);

describe('an object', () => {
  it('of a service that Git asks for is known before it has an instance', () => {
    const objects = objectsOfService(fleet(), 'Shop.CartServer');
    expect(objects).toEqual([
      { name: 'Shop.CartServer.CartObj', endpoints: [] },
      { name: 'Shop.CartServer.HttpObj', endpoints: [] },
    ]);
  });

  it('says of an endpoint what its servant, its service and its node say', () => {
    const grouped = { ...cart, grouping: { idc: true, group: 'north' } };
    const state = fleet(...running, commitOf('c2', { upsertScopes: [grouped] }));
    expect(objectNamed(state, 'Shop.CartServer.CartObj')?.endpoints[0]).toEqual({
      instance: 'Shop.CartServer@n1',
      node: 'n1',
      host: '10.0.0.1',
      port: 9_001,
      timeoutMs: 5_000,
      transport: 'tcp',
      weight: 40,
      authenticated: true,
      set: 'shop.sz.1',
      grouped: true,
      group: 'north',
      active: true,
    });
  });

  it('has one endpoint for each network that its servant names and its node has', () => {
    expect(summary(objectNamed(fleet(...running), 'Shop.CartServer.HttpObj'))).toEqual([
      '10.0.0.1 20001 on',
      '10.0.0.2 20002 on',
      '192.0.2.1 20001 on',
      '192.0.2.2 20002 on',
    ]);
  });

  it('is reached at an address of its node when it listens on all of them', () => {
    expect(summary(objectNamed(fleet(...running), 'Shop.CartServer.CartObj'))).toEqual([
      '10.0.0.1 9001 on',
      '10.0.0.2 9001 on',
    ]);
  });

  it.each<[string, readonly RegistryCommand[], string]>([
    ['its node is lost', [lose], '10.0.0.1 9001 off'],
    ['it is told to stop', [setTargets(['n1'], [], 'stopped')], '10.0.0.1 9001 off'],
    [
      'its instance runs no more, and its port is fixed',
      [
        reportOf('n1', 's1', {
          instances: [observedOf('Shop.CartServer@n1', { phase: 'backoff' })],
        }),
      ],
      '10.0.0.1 9001 off',
    ],
    [
      'its instance was never heard of',
      [reportOf('n1', 's1', { gone: ['Shop.CartServer@n1'] })],
      '10.0.0.1 9001 off',
    ],
  ])('has an inactive endpoint when %s', (_name, more, first) => {
    const state = fleet(...running, ...more);
    const object = objectNamed(state, 'Shop.CartServer.CartObj');
    expect(summary(object)).toEqual([first, '10.0.0.2 9001 on']);
    expect(object?.endpoints[0]).toMatchObject({ set: 'shop.sz.1', weight: expect.any(Number) });
  });

  it('keeps the set of an instance that does not run and whose port is chosen at its start', () => {
    const stopped = reportOf('n1', 's1', {
      instances: [observedOf('Shop.CartServer@n1', { phase: 'backoff' })],
    });
    const object = objectNamed(fleet(...running, stopped), 'Shop.CartServer.HttpObj');
    expect(object?.endpoints[0]).toMatchObject({ port: 0, active: false, set: 'shop.sz.1' });
  });

  it('of a node that was taken out of Git is reached where the agent says until it is empty', () => {
    const state = fleet(...running, commitOf('c2', { removeNodes: ['n1'] }));
    expect(summary(objectNamed(state, 'Shop.CartServer.HttpObj'))).toEqual([
      '10.0.0.1 20001 on',
      '10.0.0.2 20002 on',
      '192.0.2.2 20002 on',
    ]);
  });

  it('of a node without a session is inactive', () => {
    const state = fleet(...running);
    state.sessions.delete('n2');
    expect(summary(objectNamed(state, 'Shop.CartServer.CartObj'))).toEqual([
      '10.0.0.1 9001 on',
      '10.0.0.2 9001 off',
    ]);
  });

  it.each(['Shop.CartServer.NoneObj', 'Shop.None.Obj', 'Shop', '', '.'])(
    'named %o is unknown',
    (name) => {
      expect(objectNamed(fleet(...running), name)).toBeUndefined();
    },
  );

  it('is unknown when the last trace of its service is gone', () => {
    const state = fleet(...running);
    const known = new KnownObjects(state);
    const gone = ['Shop.CartServer@n1', 'Shop.CartServer@n2'];
    const last = [
      commitOf('c2', { removeScopes: [cart.scope] }),
      setTargets([], gone),
      reportOf('n1', 's1', { gone: [gone[0] ?? ''] }),
      reportOf('n2', 's1', { gone: [gone[1] ?? ''] }),
    ];
    const removed = last.flatMap((command, index) => {
      const result = apply(state, command, 100 + index);
      if (!result.accepted) throw new Error(result.message);
      return known.update(state, result.changes.services).removed;
    });
    expect(removed).toEqual(['Shop.CartServer.CartObj', 'Shop.CartServer.HttpObj']);
    expect([...known.all()]).toEqual([]);
  });
});

it('tells that the topology changed, and only then', () => {
  const state = fleet();
  const topology = { groups: [], stations: [{ name: 'metro', groups: [1], priority: 1 }] };
  const changed = (commit: string, parts: object) => {
    const result = apply(state, commitOf(commit, parts), 9);
    return result.accepted && result.changes.topology;
  };
  expect(changed('c2', { topology })).toBe(true);
  expect(changed('c3', { topology: structuredClone(topology) })).toBe(false);
  expect(changed('c4', {})).toBe(false);
  expect(state.topology).toEqual(topology);
});
