/** A registry in which instances offer objects, for the tests of lookups. */

import type { RegistryCommand } from '../../../registry/commands.ts';
import type { InstanceObserved } from '../../../registry/model.ts';
import type { DesiredScope, ServantSpec } from '../../../spec/desired-state.ts';
import { commitOf, node, observedOf, openOf, reportOf, scope } from '../registry/builders.ts';
import { setTargets } from './small-fleet.ts';
import { targetOf } from '../registry/builders.ts';

const servant: ServantSpec = {
  name: 'Obj',
  port: 'auto',
  protocol: 'tars',
  threads: 1,
  maxConnections: 10,
  queueCapacity: 10,
  queueTimeoutMs: 3_000,
  weight: 100,
};

/** With one servant, `Obj`. */
export function serving(service: string, nodes: readonly string[]): DesiredScope {
  const plain = scope({ service, nodes, revision: 'r1' });
  const contents = Object.entries(plain.revisions).map(([digest, content]) => [
    digest,
    { ...content, servants: [servant] },
  ]);
  return { ...plain, revisions: Object.fromEntries(contents) };
}

export function offering(instance: string, port: number): InstanceObserved {
  const endpoint = { servant: 'Obj', protocol: 'tars' as const, host: '10.0.0.9', weight: 100 };
  return observedOf(instance, { endpoints: [{ ...endpoint, port }] });
}

/** Every service of `scopes` runs on every node of it, at port 9001; the nodes are alive. */
export function servedFleet(
  scopes: readonly DesiredScope[],
  callers: readonly string[] = [],
): readonly RegistryCommand[] {
  const instances = scopes.flatMap((one) => one.instances.map((instance) => ({ one, instance })));
  const names = new Set([...instances.map(({ instance }) => instance.node), ...callers]);
  const upsertNodes = [...names].map((name) => node(name));
  const providers = new Set(instances.map(({ instance }) => instance.node));
  return [
    commitOf('c1', { upsertNodes, upsertScopes: scopes }),
    setTargets(...instances.map(({ one, instance }) => targetOf(one, instance.node))),
    ...[...providers].flatMap((name) => [
      openOf(name, 's0'),
      reportOf(name, 's0', {
        full: true,
        instances: instances
          .filter(({ instance }) => instance.node === name)
          .map(({ instance }) => offering(instance.instance, 9_001)),
      }),
    ]),
  ];
}
