/** Random repositories, sound and not, and random edits of them. Small pools of names, so that things meet. */

import { fc } from '../seeded-property.ts';
import type { Edit, Piece, RepositoryModel } from './repository-model.ts';

const dataCenters = ['sz', 'sh'];
const nodeNames = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'];
const templateNames = ['t1', 't2', 't3'];
const builtinNames = ['tars.default', 'tars.go.default'];
const groupNames = ['g1', 'g2', 'g3'];
const secretNames = ['k1', 'k2'];
const serviceNames = ['A.One', 'A.Two', 'A.Three', 'B.One', 'B.Two'];
const fileNames = ['x.conf', 'y.json', 'z.conf'];
/** Levels of one file agree, mostly: `z.conf` is merged by structure. */
const mergeOf = (fileName: string) => (fileName === 'z.conf' ? 'deep' : 'concat');
const configNames = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'];
const textPaths = ['files/one.conf', 'files/two.conf'];
const paths = ['one.yaml', 'two.yaml', 'apps/three.yaml', 'apps/four.yaml'];

const oneOf = (values: readonly string[]) => fc.constantFrom(...values);
/** Mostly what is there. */
const orGone = (values: readonly string[]) =>
  fc.oneof({ weight: 15, arbitrary: oneOf(values) }, { weight: 1, arbitrary: fc.constant('gone') });
/** Mostly a file of its own, sometimes one that is shared. */
const pathOf = (key: string) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(`own/${key.replace('/', '-')}.yaml`) },
    { weight: 1, arbitrary: oneOf(paths) },
  );

function piece(kind: string, name: fc.Arbitrary<string>, spec: fc.Arbitrary<unknown>) {
  return fc.tuple(name, spec).chain(([chosen, value]) => {
    const key = `${kind}/${chosen}`;
    const document = { apiVersion: 'tarsier/v1', kind, metadata: { name: chosen }, spec: value };
    return pathOf(key).map((path): Piece => ({ key, path, text: JSON.stringify(document) }));
  });
}

const cluster = piece(
  'Cluster',
  fc.constantFrom('main', 'main', 'main', 'other'),
  fc.constantFrom(
    {},
    { defaults: { timeouts: { stopTimeoutMs: 7000 } } },
    { deletionBrake: { maxNodes: 9 } },
  ),
);

const dataCenter = piece(
  'DataCenter',
  oneOf(dataCenters),
  fc.constantFrom(
    {},
    { role: 'primary' },
    { networks: { inner: { cidrs: ['10.1.0.0/16'] } } },
    { networks: { inner: { cidrs: ['10.1.0.0/16', '10.2.0.0/16'] } } },
    { networks: { inner: { cidrs: ['10.1.0.0/29'] } } },
    { groups: [{ name: 'g1', allow: ['10.1.0.1'] }] },
    {
      groups: [
        { name: 'g1', allow: ['10.1.0.*'] },
        { name: 'g2', allow: ['10.1.0.0/16'] },
      ],
    },
    { groups: [{ name: 'g3', allow: ['10.1.0.*'], deny: ['10.1.0.7'], order: 'deny-allow' }] },
    { groups: [{ name: 'g2', allow: ['10.1.0.999'] }] },
  ),
);

const station = piece(
  'Station',
  oneOf(['near', 'far']),
  fc.record(
    {
      groups: fc.uniqueArray(orGone(groupNames), { minLength: 1, maxLength: 2 }),
      priority: fc.constantFrom(1, 2),
    },
    { requiredKeys: ['groups'] },
  ),
);

const armoured = (body: string) =>
  `-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24ub3JnL3Yx${body}\n-----END AGE ENCRYPTED FILE-----\n`;

const secret = piece(
  'Secret',
  oneOf(secretNames),
  fc.record({
    values: fc.constantFrom(
      { one: armoured('Cg=='), two: armoured('Cg==') },
      { one: armoured('Ch==') },
      { one: armoured('Cg=='), two: armoured('Ci==') },
      { one: 'in plain text' },
    ),
    readers: fc.constantFrom(serviceNames, [...serviceNames, 'A.Gone'], ['A.One', 'B.One']),
  }),
);

const labels = fc.record({ disk: fc.constantFrom('ssd', 'hdd') });

const node = piece(
  'Node',
  oneOf(nodeNames),
  fc.record({
    dataCenter: orGone(dataCenters),
    addresses: fc.record(
      {
        inner: fc.integer({ min: 1, max: 9 }).map((host) => `10.1.0.${host}`),
        outer: fc.constantFrom('192.0.2.1', '192.0.2.2'),
      },
      { requiredKeys: ['inner'] },
    ),
    labels,
  }),
);

const nodeSet = piece(
  'NodeSet',
  oneOf(['set', 'other-set']),
  fc.record({
    names: fc.constantFrom('s[1-3]', 's[2-4]', 'n[5-6]'),
    dataCenter: oneOf(dataCenters),
    addresses: fc.constant({ inner: { from: '10.1.1.1' } }),
    labels,
  }),
);

const text = fc.oneof(
  fc.record({ content: fc.constantFrom('a=1\n', 'b=2\n', 'c=3') }),
  orGone(['one.conf', 'two.conf']).map((name) => ({ file: `../files/${name}` })),
);

const template = piece(
  'Template',
  oneOf([...templateNames, ...builtinNames]),
  fc
    .tuple(
      fc.option(orGone([...templateNames, ...builtinNames]), { nil: undefined, freq: 2 }),
      fc.oneof(
        { weight: 7, arbitrary: text },
        { weight: 1, arbitrary: fc.constant({ content: '<never-closed>\n' }) },
      ),
    )
    .map(([parent, body]) => ({ ...(parent !== undefined && { parent }), ...body })),
);

const references = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc
      .uniqueArray(orGone(['c0', ...configNames]), { minLength: 1, maxLength: 2 })
      .map((names) => ({ references: names })),
  },
);

const config = piece(
  'Config',
  oneOf(configNames),
  fc
    .tuple(
      fc.oneof(
        fc.record({ app: fc.constantFrom('A', 'B', 'C') }),
        fc.record({
          app: fc.constantFrom('A', 'B'),
          set: fc.constantFrom('a.b.1', 'a.b.*', 'a.c.*'),
        }),
        fc.record({ service: oneOf(serviceNames) }),
        fc.record({ service: oneOf(serviceNames), node: oneOf(nodeNames) }),
      ),
      oneOf(fileNames),
      text,
      references,
      fc.option(fc.constantFrom('deep', 'concat'), { nil: undefined, freq: 10 }),
    )
    .map(([scope, fileName, body, others, merge]) => ({
      scope,
      fileName,
      ...body,
      ...others,
      merge: merge === undefined ? mergeOf(fileName) : merge,
    })),
);

const sets = fc.constantFrom('a.b.1', 'a.b.*');
const placement = fc.array(
  fc.oneof(
    fc.record(
      {
        nodes: fc.array(oneOf([...nodeNames, ...nodeNames, 's2']), { minLength: 1, maxLength: 2 }),
        set: sets,
      },
      { requiredKeys: ['nodes'] },
    ),
    fc.record(
      {
        select: fc.record({ dataCenter: oneOf(dataCenters) }),
        count: fc.integer({ min: 1, max: 3 }),
        set: sets,
      },
      { requiredKeys: ['select'] },
    ),
    fc.record({ select: fc.record({ labels }), spread: fc.constant('machine') }),
  ),
  { minLength: 1, maxLength: 2 },
);

const auth = fc
  .tuple(
    orGone(secretNames),
    fc.subarray(serviceNames),
    fc.constantFrom('one', 'one', 'one', 'two'),
  )
  .map(([name, callers, key]) => ({ accessKey: 'a', secretKey: { secret: name, key }, callers }));
const keyed = (more: object) => auth.map((asked) => [{ name: 'Main', auth: asked, ...more }]);

const service = piece(
  'Service',
  oneOf(serviceNames),
  fc.record(
    {
      type: fc.constantFrom('process', 'process', 'tars-go', 'tars-cpp'),
      placement,
      run: fc.constantFrom({ start: './a' }, { start: './b ${port.Main}' }),
      state: fc.constantFrom('running', 'stopped'),
      servants: fc.oneof(
        {
          weight: 8,
          arbitrary: fc.constantFrom<object[]>(
            [],
            [{ name: 'Main', port: 7001 }],
            [{ name: 'Main', port: 7001 }],
            [{ name: 'Main', port: 7002 }],
            [{ name: 'Main', port: 'auto' }],
            [{ name: 'Main', networks: ['inner'] }],
            [{ name: 'Main', networks: ['outer', 'inner'] }],
          ),
        },
        { weight: 3, arbitrary: keyed({}) },
        { weight: 1, arbitrary: keyed({ networks: ['inner'] }) },
      ),
      grouping: fc.constantFrom({}, { idc: false }, { group: 'g1' }, { group: 'g2' }),
      template: orGone([...templateNames, ...templateNames, ...builtinNames]),
      profile: oneOf(['p=1\n', 'p=2\n', 'p=1\n', '</not-open>\n']),
      configs: fc.subarray(fileNames),
      env: fc.record({ LEVEL: fc.constantFrom('1', '2') }),
      release: fc.record({ package: fc.constant('A.One'), version: fc.constantFrom('1.0', '1.1') }),
    },
    { requiredKeys: ['type', 'placement', 'run', 'release'] },
  ),
);

const anyPiece = fc.oneof(
  { weight: 1, arbitrary: cluster },
  { weight: 3, arbitrary: dataCenter },
  { weight: 5, arbitrary: node },
  { weight: 1, arbitrary: nodeSet },
  { weight: 2, arbitrary: station },
  { weight: 2, arbitrary: secret },
  { weight: 3, arbitrary: template },
  { weight: 5, arbitrary: config },
  { weight: 6, arbitrary: service },
);

const editsOf = (arbitrary: fc.Arbitrary<Piece>): fc.Arbitrary<Edit[]> =>
  fc.array(fc.record({ op: fc.constant('put' as const), piece: arbitrary }), {
    minLength: 1,
    maxLength: 12,
  });

/** Of services alone. */
export const serviceEdits = editsOf(service);
/** Of Configs alone. */
export const configEdits = editsOf(config);

export const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.record({ op: fc.constant('put' as const), piece: anyPiece }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant('remove' as const), pick: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('unreadable' as const), pick: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant('broken' as const), pick: fc.nat() }) },
    { weight: 4, arbitrary: fc.record({ op: fc.constant('mend' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        op: fc.constant('text' as const),
        path: oneOf(textPaths),
        text: fc.constantFrom('one\n', 'two\n'),
      }),
    },
  ),
  { minLength: 1, maxLength: 25 },
);

/** Sound: two data centres, six nodes, a service of each kind. */
export const soundBase: RepositoryModel = {
  pieces: new Map(
    [
      ...dataCenters.map(
        (name, at) =>
          [
            'DataCenter',
            name,
            { groups: [{ name: groupNames[at], allow: [`10.1.${at}.*`] }] },
          ] as const,
      ),
      ...nodeNames.map(
        (name, at) =>
          [
            'Node',
            name,
            {
              dataCenter: dataCenters[at % 2],
              addresses: { inner: `10.1.0.${at + 1}`, outer: `192.0.2.${at + 1}` },
              labels: { disk: at < 3 ? 'ssd' : 'hdd' },
            },
          ] as const,
      ),
      ...templateNames.map((name) => ['Template', name, { content: `${name}\n` }] as const),
      ...secretNames.map(
        (name) =>
          [
            'Secret',
            name,
            { values: { one: armoured('Cg=='), two: armoured('Cg==') }, readers: serviceNames },
          ] as const,
      ),
      ...fileNames.map(
        (fileName, at) =>
          [
            'Config',
            `c${at}`,
            { scope: { app: 'A' }, fileName, content: '0\n', merge: mergeOf(fileName) },
          ] as const,
      ),
      ...serviceNames.map(
        (name, at) =>
          [
            'Service',
            name,
            {
              type: at % 2 === 0 ? 'process' : 'tars-go',
              release: { package: 'A.One', version: '1.0' },
              placement: [{ nodes: [nodeNames[at], nodeNames[at + 1]] }],
              run: { start: './a' },
              ...(at % 2 === 0 && { template: 't1' }),
              ...(name.startsWith('A') && { configs: fileNames }),
            },
          ] as const,
      ),
    ].map(([kind, name, spec]) => {
      const key = `${kind}/${name}`;
      const document = { apiVersion: 'tarsier/v1', kind, metadata: { name }, spec };
      const path = `own/${kind}-${name}.yaml`;
      return [`${key} ${path}`, { key, path, text: JSON.stringify(document) }];
    }),
  ),
  damaged: new Map(),
  texts: new Map(textPaths.map((path) => [path, 'text\n'])),
};
