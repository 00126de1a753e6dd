/** Random objects, topologies and questions over a small world, so that they meet each other. */

import { fc } from '../seeded-property.ts';
import type { LookupEndpoint, LookupObject } from '../../../registry/lookup/lookup-model.ts';
import type { DesiredTopology, IdcGroup, Station } from '../../../spec/desired-state.ts';

export const objectNames = ['A.One.Obj', 'A.Two.Obj', 'B.One.Obj'] as const;
const stationNames = ['near', 'far', 'all'] as const;
const groupNames = ['north', 'south', 'west', 'east'] as const;

const addresses = [
  '10.1.1.1',
  '10.1.1.2',
  '10.1.2.1',
  '10.2.1.1',
  '10.2.2.2',
  '192.168.0.1',
  'fd00::1',
  'fd00:0:0:1::1',
  'fd01::1',
] as const;

const rules = [
  ...addresses,
  '10.1.1.*',
  '10.1.2.*',
  '10.2.1.*',
  '10.1.0.0/16',
  '10.0.0.0/8',
  '10.1.1.0/25',
  '0.0.0.0/0',
  'fd00::/64',
  'fd00::/16',
  '::/0',
] as const;

const address = fc.constantFrom(...addresses);
const someRules = fc.subarray([...rules], { minLength: 1, maxLength: 4 });

const groups = fc
  .tuple(
    fc.subarray([...groupNames], { minLength: 2 }),
    fc.array(
      fc.record({
        allow: someRules,
        deny: fc.oneof(fc.constant([]), someRules),
        order: fc.constantFrom('allow-deny' as const, 'deny-allow' as const),
      }),
      { minLength: groupNames.length, maxLength: groupNames.length },
    ),
  )
  .map(([names, drawn]): IdcGroup[] =>
    names.toSorted().map((name, index) => ({
      id: index + 1,
      name,
      dataCenter: 'd1',
      ...(drawn[index] ?? { allow: [], deny: [], order: 'allow-deny' }),
    })),
  );

const station = (name: string): fc.Arbitrary<Station> =>
  fc.record({
    name: fc.constant(name),
    groups: fc.subarray([1, 2, 3, 4], { minLength: 1 }),
    priority: fc.integer({ min: 1, max: 3 }),
  });

const stations = fc
  .subarray([...stationNames])
  .chain((names) => fc.tuple(...names.map((name) => station(name))))
  .map((drawn) =>
    drawn.toSorted(
      (left, right) => left.priority - right.priority || (left.name < right.name ? -1 : 1),
    ),
  );

export const someTopology: fc.Arbitrary<DesiredTopology> = fc.record({ groups, stations });

const set = fc.constantFrom('a.b.c', 'a.b.d', 'a.b.*', 'a.x.c', 'q.b.c');
const flag = (weight: number) =>
  fc.oneof({ weight, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });

const endpoint = fc
  .record(
    {
      node: fc.constantFrom('n1', 'n2', 'n3'),
      host: address,
      port: fc.constantFrom(0, 9_001, 9_001, 9_002, 10_001),
      timeoutMs: fc.constantFrom(3_000, 60_000),
      transport: fc.constantFrom('tcp', 'tcp', 'udp', 'ssl'),
      weight: fc.constantFrom(100, 100, 100, 50),
      authenticated: fc.boolean(),
      set,
      grouped: flag(2),
      group: fc.constantFrom(...groupNames, 'nowhere'),
      active: flag(1),
    },
    {
      requiredKeys: [
        'node',
        'host',
        'port',
        'timeoutMs',
        'transport',
        'weight',
        'authenticated',
        'grouped',
        'active',
      ],
    },
  )
  // What is not known to listen is not active.
  .map(({ active, ...parts }) => ({ ...parts, active: active && parts.port !== 0 }));

/** Instances differ, as in a registry. */
const endpoints = fc
  .array(endpoint, { maxLength: 8, size: 'max' })
  .map((list): LookupEndpoint[] =>
    list.map((parts, index) => ({ ...parts, instance: `A.One@${parts.node}-${index}` })),
  );

export const someObject: fc.Arbitrary<LookupObject> = fc.record({
  name: fc.constantFrom(...objectNames),
  endpoints,
});

export const someName = fc.constantFrom(...objectNames, 'A.None.Obj');

export const someCaller = fc.option(fc.oneof(address, fc.constant('a-host-name')), {
  nil: undefined,
});

export const someSetId = fc.oneof(
  { weight: 5, arbitrary: set },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      'a',
      'a.b',
      'a..c',
      'a.b.c.d',
      '*.b.c',
      'a.*.c',
      'z.z.z',
      'a.z.*',
    ),
  },
);

export const someStation = fc.constantFrom(...stationNames, 'none');
