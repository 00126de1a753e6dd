/** The repository that the controllers follow, and its agents: they obey, report, and move. */

import { join } from 'node:path';
import { defaultLinkTiming } from '../../../link/connection/timing.ts';
import { TestAgent } from '../../support/link/test-agent.ts';
import { observedOf } from '../../support/registry/builders.ts';
import { clusterFile, nodesFile } from '../../support/git/fleet-files.ts';
import { TestRepository } from '../../support/git/test-repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import type { ChaosCluster } from './chaos-cluster.ts';

export const nodeNames = Array.from({ length: 12 }, (_, at) => `n${at + 1}`);
const services = ['One', 'Two', 'Three'];
/** What the probes look up. */
export const lookedUp = 'Chaos.One.MainObj';

/** `version` is the value of every service's setting: another one is another revision. */
function servicesFile(version: number): string {
  const nodesOf = (at: number) => nodeNames.slice(4 * at, 4 * at + 4).join(', ');
  return services
    .map(
      (name, at) => `apiVersion: tarsier/v1
kind: Service
metadata: { name: Chaos.${name} }
spec:
  type: process
  placement: [{ nodes: [${nodesOf(at)}] }]
  env: { VERSION: "${version}" }
  run: { start: exec sleep 1000 }
  servants: [{ name: MainObj, port: ${9001 + at} }]
`,
    )
    .join('---\n');
}

export class ChaosRepository {
  readonly #repository = new TestRepository(join(temporaryFolder(), 'repository'));
  #version = 0;
  head: string;

  constructor() {
    const fixed = { 'cluster.yaml': clusterFile(), 'nodes.yaml': nodesFile(nodeNames.length) };
    this.head = this.#repository.commitFiles({ ...fixed, 'services.yaml': servicesFile(0) });
  }

  get folder(): string {
    return this.#repository.folder;
  }

  commit(): void {
    this.#version += 1;
    this.head = this.#repository.commitFiles({ 'services.yaml': servicesFile(this.#version) });
  }
}

/** Each knows all controllers, and runs whatever it is told to. */
export function startAgents({ members, file }: ChaosCluster): readonly TestAgent[] {
  const urls = members.map(({ url }) => url);
  return nodeNames.map((node, at) => {
    const order = [...urls.slice(at % urls.length), ...urls.slice(0, at % urls.length)];
    const agent: TestAgent = new TestAgent({
      url: order.join(','),
      token: file.tokens.agent,
      ca: file.tls.ca,
      node,
      sessionId: `session-of-${node}`,
      timing: { ...defaultLinkTiming, retryMaxMs: 2_000 },
    });
    agent.onTask = (message) => {
      if (message.type === 'targets') report(agent);
    };
    return agent;
  });
}

/** All that it runs; every report says something new. */
export function report(agent: TestAgent): void {
  const wanted = [...agent.targets.values()];
  const instances = wanted.map(({ instance, revision, generation, content }) =>
    observedOf(instance, {
      revision,
      observedGeneration: generation,
      restarts: agent.reports,
      endpoints: content.servants.map(({ name, port, weight }) => {
        const host = '10.0.0.1';
        return { servant: name, protocol: 'tars', host, port: Number(port), weight };
      }),
    }),
  );
  const gone = [...agent.observed.keys()].filter((instance) => !agent.targets.has(instance));
  agent.report({ instances, gone });
}
