/** Targets for agent tests, with everything that a test does not care about filled in. */

import { createHash } from 'node:crypto';
import type { NodeFacts } from '../../../link/messages/messages.ts';
import type { InstanceTarget } from '../../../registry/model.ts';
import type { InstanceRevision, ServantSpec } from '../../../spec/desired-state.ts';

export const testNode = 'n1';

export const testFacts: NodeFacts = {
  dataCenter: 'dc',
  addresses: { lan: '127.0.0.1' },
  portRange: { from: 31_000, to: 31_999 },
};

export type TargetWish = Partial<InstanceRevision> & {
  readonly service: string;
  readonly state?: InstanceTarget['state'];
  readonly generation?: number;
  readonly artifact?: InstanceTarget['artifact'];
};

/** The revision is the digest of what is asked for, as in the product. */
export function target(wish: TargetWish): InstanceTarget {
  const { service, state = 'running', generation = 1, artifact, ...given } = wish;
  const content: InstanceRevision = {
    service,
    type: 'process',
    hooks: {},
    limits: {},
    stopTimeoutMs: 2000,
    startTimeoutMs: 10_000,
    env: {},
    servants: [],
    files: [],
    ...given,
  };
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return {
    instance: `${service}@${testNode}`,
    scope: `dc/${service}`,
    service,
    node: testNode,
    state,
    revision: `sha256:${digest}`,
    content,
    generation,
    commit: '0'.repeat(40),
    ...(artifact === undefined ? {} : { artifact }),
  };
}

export function servant(name: string, wish: Partial<ServantSpec> = {}): ServantSpec {
  return {
    name,
    port: 'auto',
    protocol: 'not-tars',
    threads: 1,
    maxConnections: 1024,
    queueCapacity: 1024,
    queueTimeoutMs: 10_000,
    weight: 100,
    ...wish,
  };
}
