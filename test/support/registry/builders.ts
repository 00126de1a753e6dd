/** Builds small registry objects for tests; everything not named has a plain default. */

import type {
  DesiredCluster,
  DesiredNode,
  DesiredScope,
  InstanceRevision,
  RolloutSpec,
  ServantSpec,
} from '../../../spec/desired-state.ts';
import type { ApplyCommit, OpenSession, ReportObserved } from '../../../registry/commands.ts';
import type { InstanceObserved, InstanceTarget, SourceRecord } from '../../../registry/model.ts';

const origin = { path: 'test.yaml', line: 1 };

export const cluster: DesiredCluster = {
  name: 'test',
  deletionBrake: { maxServices: 10, maxInstances: 10, maxNodes: 10 },
};

export function node(name: string, dataCenter = 'd1'): DesiredNode {
  return {
    name,
    dataCenter,
    addresses: { main: '10.0.0.1' },
    labels: {},
    portRange: { from: 20_000, to: 20_999 },
    origin,
  };
}

export function servantOf(name: string, parts: Partial<ServantSpec> = {}): ServantSpec {
  return {
    name,
    port: 'auto',
    protocol: 'tars',
    threads: 1,
    maxConnections: 100,
    queueCapacity: 100,
    queueTimeoutMs: 60_000,
    weight: 100,
    ...parts,
  };
}

export function revisionContent(
  service: string,
  release?: { package: string; version: string; digest?: string },
): InstanceRevision {
  return {
    service,
    type: 'process',
    start: './server',
    hooks: {},
    limits: {},
    stopTimeoutMs: 10_000,
    startTimeoutMs: 60_000,
    env: { LEVEL: 'info' },
    servants: [],
    files: [{ path: 'server.conf', content: 'x = 1\n' }],
    ...(release === undefined ? {} : { release }),
  };
}

export interface ScopeOptions {
  readonly service: string;
  readonly dataCenter?: string;
  readonly nodes: readonly string[];
  /** Stands for everything that the instances run. */
  readonly revision: string;
  readonly state?: 'running' | 'stopped';
  readonly rollout?: Partial<RolloutSpec>;
  readonly release?: { package: string; version: string; digest?: string };
  readonly content?: Partial<InstanceRevision>;
}

export function scope(options: ScopeOptions): DesiredScope {
  const { service, dataCenter = 'd1', nodes, revision, state = 'running', release } = options;
  const rollout: RolloutSpec = {
    strategy: 'rolling',
    batch: 1,
    maxUnavailable: 1,
    progressDeadlineMs: 600_000,
    ...options.rollout,
  };
  return {
    scope: `${dataCenter}/${service}`,
    service,
    dataCenter,
    state,
    digest: JSON.stringify([revision, state, nodes, rollout]),
    revisions: { [revision]: { ...revisionContent(service, release), ...options.content } },
    instances: nodes
      .toSorted()
      .map((name) => ({ instance: `${service}@${name}`, node: name, revision })),
    rollout,
    labels: {},
    origin,
  };
}

export function source(commit: string): SourceRecord {
  return {
    commit,
    committedAt: 1,
    author: 'ann',
    subject: `change ${commit}`,
    appliedAt: 2,
    objects: 3,
    held: [],
    inForceCommit: commit,
  };
}

export function commitOf(commit: string, parts: Partial<ApplyCommit>): ApplyCommit {
  return {
    type: 'apply-commit',
    at: 10,
    fencingToken: 1,
    source: source(commit),
    cluster,
    upsertNodes: [],
    removeNodes: [],
    upsertScopes: [],
    removeScopes: [],
    ...parts,
  };
}

function session(name: string, sessionId: string, at = 20): OpenSession['session'] {
  return {
    node: name,
    sessionId,
    state: 'alive',
    since: at,
    agentVersion: '0.1.0',
    bootId: 'boot-1',
    hostname: `host-of-${name}`,
  };
}

export function openOf(name: string, sessionId: string, at = 20): OpenSession {
  return { type: 'open-session', at, session: session(name, sessionId, at) };
}

export function targetOf(
  desired: DesiredScope,
  name: string,
  parts: Partial<InstanceTarget> = {},
): InstanceTarget {
  const instance = desired.instances.find((entry) => entry.node === name);
  const revision = parts.revision ?? instance?.revision ?? 'none';
  return {
    instance: `${desired.service}@${name}`,
    scope: desired.scope,
    service: desired.service,
    node: name,
    state: 'running',
    revision,
    content: desired.revisions[revision] ?? revisionContent(desired.service),
    generation: 1,
    commit: 'c1',
    ...parts,
  };
}

export function observedOf(
  instance: string,
  parts: Partial<InstanceObserved> = {},
): InstanceObserved {
  return {
    instance,
    phase: 'running',
    revision: 'r1',
    observedGeneration: 1,
    restarts: 0,
    endpoints: [],
    since: 30,
    ...parts,
  };
}

export function reportOf(
  name: string,
  sessionId: string,
  parts: Partial<ReportObserved>,
): ReportObserved {
  return {
    type: 'report-observed',
    at: 40,
    node: name,
    sessionId,
    full: false,
    instances: [],
    gone: [],
    ...parts,
  };
}
