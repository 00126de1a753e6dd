/** Random registry commands over a small world, so that they meet each other. */

import { fc } from '../seeded-property.ts';
import type { RegistryCommand } from '../../../registry/commands.ts';
import type { InstanceEndpoint, InstancePhase } from '../../../registry/model.ts';
import type { DesiredScope, InstanceRevision } from '../../../spec/desired-state.ts';
import * as build from './builders.ts';

const nodeNames = ['n1', 'n2', 'n3'] as const;
const services = ['A.One', 'A.Two'] as const;
const phases: readonly InstancePhase[] = ['installing', 'running', 'backoff', 'stopped', 'failed'];

const nodeName = fc.constantFrom(...nodeNames);
const service = fc.constantFrom(...services);
const someNodes = fc.subarray([...nodeNames]);
const revision = fc.constantFrom('r1', 'r2');
const sessionId = fc.constantFrom('s1', 's1', 's1', 's2');
/** Rarely a new leader, sometimes an old one. */
const fencingToken = fc.oneof(
  { weight: 40, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.constant(2) },
  { weight: 4, arbitrary: fc.constant(0) },
);
const time = fc.integer({ min: 1, max: 1_000 });

/** Different content never has the same digest. */
const digestOf = (serviceName: string, drawn: string) => `${serviceName}-${drawn}`;

/** What a revision holds for people only: it may differ under one digest. */
function withSource(desired: DesiredScope, atLine: number): DesiredScope {
  const source = { config: 'a.conf', path: 'a.yaml', line: atLine, inline: true, renderedLine: 1 };
  const revisions = Object.entries(desired.revisions).map(([digest, content]) => {
    const files = content.files.map((file) => ({ ...file, sources: [source] }));
    return [digest, { ...content, files }];
  });
  return { ...desired, revisions: Object.fromEntries(revisions) };
}

const line = fc.integer({ min: 1, max: 3 });

/** What a revision offers: the same for the same digest. */
const contents: Readonly<Record<string, Partial<InstanceRevision>>> = {
  r1: { servants: [build.servantOf('MainObj', { port: 9_001, networks: ['lan', 'none'] })] },
  r2: {
    servants: [build.servantOf('MainObj', { weight: 50 }), build.servantOf('AdminObj')],
    set: 'a.b.c',
  },
};

const desiredScope = fc
  .record({
    line,
    service,
    nodes: someNodes,
    revision,
    state: fc.constantFrom<'running' | 'stopped'>('running', 'stopped'),
    grouping: fc.constantFrom(undefined, { idc: true }, { idc: false, group: 'north' }),
  })
  .map(({ line: at, revision: drawn, grouping, ...options }) => {
    const digest = digestOf(options.service, drawn);
    const plain = build.scope({ ...options, revision: digest, content: contents[drawn] ?? {} });
    return withSource({ ...plain, ...(grouping === undefined ? {} : { grouping }) }, at);
  });

const networks = fc.constantFrom({ main: '10.0.0.1' }, { main: '10.0.0.2', lan: '10.1.0.2' });

const desiredNodes = fc
  .tuple(someNodes, networks)
  .map(([names, addresses]) => names.map((name) => ({ ...build.node(name), addresses })));

const applyCommit = fc
  .record({
    at: time,
    fencingToken,
    commit: fc.constantFrom('c1', 'c2', 'c3'),
    upsertNodes: desiredNodes,
    removeNodes: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, someNodes),
    upsertScopes: fc.uniqueArray(desiredScope, { selector: ({ scope }) => scope }),
    removeScopes: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      fc.subarray(services.map((name) => `d1/${name}`)),
    ),
  })
  .map(({ commit, ...parts }) => build.commitOf(commit, parts));

const target = fc
  .record({ line, service, name: nodeName, revision, generation: fc.integer({ min: 1, max: 4 }) })
  .map(({ line: at, service: serviceName, name, revision: drawn, generation }) => {
    const digest = digestOf(serviceName, drawn);
    const content = contents[drawn] ?? {};
    const plain = build.scope({
      service: serviceName,
      nodes: nodeNames,
      revision: digest,
      content,
    });
    const desired = withSource(plain, at);
    return build.targetOf(desired, name, { generation });
  });

const instance = fc.tuple(service, nodeName).map(([left, right]) => `${left}@${right}`);

const setTargets = fc
  .record({
    at: time,
    fencingToken,
    upsert: fc.uniqueArray(target, { selector: (entry) => entry.instance, maxLength: 4 }),
    remove: fc.uniqueArray(instance, { maxLength: 1 }),
  })
  .map(({ remove, ...parts }) => {
    const isSet = (id: string) => parts.upsert.some((entry) => entry.instance === id);
    const removed = remove.filter((id) => !isSet(id));
    return { type: 'set-targets' as const, reason: 'test', ...parts, remove: removed };
  });

const controller = fc.constantFrom('a', 'b');

/** Some are from before controllers said who they are. */
const openSession = fc
  .record({ at: time, name: nodeName, sessionId, by: fc.option(controller, { nil: undefined }) })
  .map(({ name, sessionId: id, at, by }) => {
    const { session, ...command } = build.openOf(name, id, at);
    return { ...command, session: { ...session, ...(by === undefined ? {} : { controller: by }) } };
  });

/** Seldom the right one; mostly the command does not say. */
const fence = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.record({ opened: fc.integer({ min: 1, max: 20 }) }) },
);

const loseSession = fc
  .record({ at: time, node: nodeName, sessionId, fence })
  .map(({ fence: opened, ...parts }) => ({ type: 'lose-session' as const, ...parts, ...opened }));

const doubtSessions = fc.record({
  type: fc.constant('doubt-sessions' as const),
  at: time,
  controller,
  upTo: fc.integer({ min: 0, max: 60 }),
});

const leaseName = fc.constantFrom('leader', 'leader', 'other');
const token = fc.integer({ min: 1, max: 30 });
const takeLease = fc
  .record({
    at: time,
    controller,
    lease: fc.oneof(
      fc
        .record({
          name: leaseName,
          holder: controller,
          watched: fc.option(fc.record({ token, renewals: fc.constantFrom(0, 0, 1) }), {
            nil: undefined,
          }),
        })
        .map(({ watched, ...parts }) => ({
          type: 'acquire-lease' as const,
          durationMs: 5_000,
          ...parts,
          ...(watched === undefined ? {} : { watched }),
        })),
      fc.record({
        type: fc.constantFrom('renew-lease' as const, 'release-lease' as const),
        name: leaseName,
        holder: controller,
        token,
      }),
    ),
    id: fc.option(fc.constantFrom('r1', 'r2'), { nil: undefined }),
  })
  .map(({ id, ...parts }) => ({
    type: 'lease' as const,
    ...parts,
    ...(id === undefined ? {} : { registryId: id }),
  }));

const someEndpoints = fc.subarray<InstanceEndpoint>([
  { servant: 'MainObj', protocol: 'tars', host: '10.0.0.1', port: 9_001, weight: 100 },
  { servant: 'AdminObj', protocol: 'not-tars', host: '0.0.0.0', port: 9_002, weight: 100 },
]);

const report = fc
  .record({
    at: time,
    name: nodeName,
    sessionId,
    fence,
    full: fc.boolean(),
    seen: fc.subarray([...services]),
  })
  .chain(({ name, sessionId: id, seen, fence: opened, ...parts }) =>
    fc
      .record({
        phases: fc.array(fc.constantFrom(...phases), { minLength: 2, maxLength: 2 }),
        endpoints: someEndpoints,
        gone: fc.subarray(services.filter((entry) => !seen.includes(entry))),
        foreign: fc.constantFrom(false, false, false, false, false, true),
      })
      .map(({ phases: drawn, endpoints, gone, foreign }) => {
        const home = foreign ? 'n1' : name;
        return build.reportOf(name, id, {
          ...parts,
          ...opened,
          instances: seen.map((entry, index) =>
            build.observedOf(`${entry}@${home}`, {
              phase: drawn[index] ?? 'running',
              revision: digestOf(entry, 'r2'),
              endpoints,
            }),
          ),
          gone: gone.map((entry) => `${entry}@${name}`),
        });
      }),
  );

const takeLock = fc.record({
  type: fc.constant('take-lock' as const),
  at: time,
  service,
  node: nodeName,
  holderIsMaster: fc.boolean(),
  timeoutMs: fc.constantFrom(0, 1, 100, 500),
});

export const registryCommand: fc.Arbitrary<RegistryCommand> = fc.oneof(
  { weight: 3, arbitrary: applyCommit },
  { weight: 4, arbitrary: setTargets },
  { weight: 3, arbitrary: openSession },
  { weight: 1, arbitrary: loseSession },
  { weight: 4, arbitrary: report },
  { weight: 2, arbitrary: takeLock },
  { weight: 1, arbitrary: doubtSessions },
  { weight: 1, arbitrary: takeLease },
);
