/** A fleet of two data centres that tests bring into any situation: commits, agents, packages, time. */

import { createHash } from 'node:crypto';
import type { RegistryCommand } from '../../../registry/commands.ts';
import type {
  InstanceObserved,
  InstanceTarget,
  RegistryState,
  SourceRecord,
} from '../../../registry/model.ts';
import { apply, initialRegistryState } from '../../../registry/registry-machine.ts';
import type { FaultResource } from '../../../registry/status/resources.ts';
import type {
  RolloutFacts,
  SourceFacts,
  StatusFacts,
  StatusInput,
} from '../../../registry/status/status-input.ts';
import type { DesiredNode, DesiredScope, InstanceRevision } from '../../../spec/desired-state.ts';

export const secondMs = 1_000;
export const minuteMs = 60 * secondMs;

/** 2026-03-01T09:00:00Z: the first commit. */
const dawn = 1_772_355_600_000;

export interface ServiceOptions {
  readonly name: string;
  readonly dataCenter?: string;
  readonly version?: string;
  readonly nodes: readonly string[];
  readonly state?: 'running' | 'stopped';
  readonly labels?: Readonly<Record<string, string>>;
}

export const digestOf = (name: string): `sha256:${string}` =>
  `sha256:${createHash('sha256').update(name).digest('hex')}`;

const revisionOf = (service: string, version: string): string => digestOf(`${version}:${service}`);

export function commitId(word: string): string {
  return createHash('sha1').update(word).digest('hex');
}

export class Fleet {
  now = dawn;
  source: SourceFacts = {
    url: 'https://git.example/shop/fleet.git',
    branch: 'main',
    path: '',
    pollMs: 15_000,
    lastLookAt: dawn,
    head: undefined,
    problem: undefined,
    frozen: undefined,
  };
  faults: readonly FaultResource[] = [];
  readonly packages = new Set<string>();
  readonly heard = new Map<string, number>();
  readonly rollouts = new Map<string, RolloutFacts>();
  readonly #own: RegistryState = initialRegistryState();
  readonly #propose: ((command: RegistryCommand) => Promise<unknown>) | undefined;
  readonly #state: RegistryState;
  #sequence = 0;
  #sessions = 0;

  /** With a replica of its own, or over a real one. */
  constructor(registry?: {
    readonly state: RegistryState;
    propose(command: RegistryCommand): Promise<unknown>;
  }) {
    this.#state = registry?.state ?? this.#own;
    this.#propose = registry === undefined ? undefined : (command) => registry.propose(command);
  }

  get state(): RegistryState {
    return this.#state;
  }

  async submit(command: RegistryCommand): Promise<void> {
    if (this.#propose !== undefined) {
      await this.#propose(command);
      return;
    }
    this.#sequence += 1;
    const result = apply(this.#own, structuredClone(command), this.#sequence);
    if (!result.accepted) throw new Error(`${result.code}: ${result.message}`);
  }

  /** Time goes by; the agents named (all connected ones by default) are heard all along. */
  pass(durationMs: number, heard: readonly string[] = this.#connected()): void {
    this.now += durationMs;
    for (const node of heard) this.heard.set(node, this.now - 300);
    const { lastLookAt, problem } = this.source;
    if (problem === undefined && lastLookAt !== undefined) {
      this.source = { ...this.source, lastLookAt: this.now - 2 * secondMs };
    }
  }

  #connected(): readonly string[] {
    return [...this.state.sessions.values()]
      .filter(({ state }) => state === 'alive')
      .map(({ node }) => node);
  }

  async commit(
    word: string,
    parts: {
      readonly nodes?: readonly string[];
      readonly services?: readonly ServiceOptions[];
      readonly remove?: readonly string[];
      readonly removeNodes?: readonly string[];
      readonly source?: Partial<SourceRecord>;
    } = {},
  ): Promise<void> {
    const commit = commitId(word);
    await this.submit({
      type: 'apply-commit',
      at: this.now,
      fencingToken: 1,
      source: {
        commit,
        committedAt: this.now - 5 * secondMs,
        author: 'Ann Lee <ann@shop.example>',
        subject: word,
        appliedAt: this.now,
        objects: 12,
        held: [],
        inForceCommit: commit,
        ...parts.source,
      },
      cluster: {
        name: 'shop',
        deletionBrake: { maxServices: 10, maxInstances: 10, maxNodes: 10 },
        origin: { path: 'cluster.yaml', line: 1 },
      },
      upsertNodes: (parts.nodes ?? []).map(nodeOf),
      removeNodes: parts.removeNodes ?? [],
      upsertScopes: (parts.services ?? []).map(scopeOf),
      removeScopes: parts.remove ?? [],
    });
  }

  async connect(...nodes: readonly string[]): Promise<void> {
    for (const node of nodes) {
      this.#sessions += 1;
      await this.submit({
        type: 'open-session',
        at: this.now,
        session: {
          node,
          sessionId: `s${this.#sessions}`,
          state: 'alive',
          since: this.now,
          agentVersion: '0.1.0',
          bootId: 'boot',
          hostname: `${node}.shop.example`,
        },
      });
      this.heard.set(node, this.now);
    }
  }

  async lose(node: string): Promise<void> {
    const sessionId = this.state.sessions.get(node)?.sessionId ?? '';
    await this.submit({ type: 'lose-session', at: this.now, node, sessionId });
    this.heard.delete(node);
  }

  /** The rollout reaches these nodes: their agents are told what Git asks. */
  async tell(scope: string, ...nodes: readonly string[]): Promise<void> {
    const record = this.state.scopes.get(scope);
    if (record === undefined) throw new Error(`no scope ${scope}`);
    const { desired, generation, commit } = record;
    const upsert: InstanceTarget[] = desired.instances
      .filter(({ node }) => nodes.includes(node))
      .map(({ instance, node, revision }) => ({
        instance,
        scope,
        service: desired.service,
        node,
        state: desired.state,
        revision,
        content: desired.revisions[revision] as InstanceRevision,
        generation,
        commit,
      }));
    await this.setTargets(upsert);
  }

  async setTargets(
    upsert: readonly InstanceTarget[],
    remove: readonly string[] = [],
  ): Promise<void> {
    await this.submit({
      type: 'set-targets',
      at: this.now,
      fencingToken: 1,
      upsert,
      remove,
      reason: 'step',
    });
  }

  async report(instance: string, parts: Partial<InstanceObserved> = {}): Promise<void> {
    const node = instance.slice(instance.indexOf('@') + 1);
    const target = this.state.targets.get(instance);
    await this.submit({
      type: 'report-observed',
      at: this.now,
      node,
      sessionId: this.state.sessions.get(node)?.sessionId ?? '',
      full: false,
      instances: [
        {
          instance,
          phase: 'running',
          ...(target !== undefined && { revision: target.revision }),
          observedGeneration: target?.generation ?? 0,
          restarts: 0,
          endpoints: [],
          since: this.now,
          ...parts,
        },
      ],
      gone: [],
    });
  }

  /** Told, started, and answering on a port. */
  async run(scope: string, ...nodes: readonly string[]): Promise<void> {
    await this.tell(scope, ...nodes);
    const service = scope.slice(scope.indexOf('/') + 1);
    for (const [index, node] of nodes.entries()) {
      await this.report(`${service}@${node}`, {
        pid: 4_000 + index,
        startedAt: this.now,
        endpoints: [
          { servant: 'MainObj', protocol: 'tars', host: '10.0.0.1', port: 9_000, weight: 100 },
        ],
      });
    }
  }

  get facts(): StatusFacts {
    return {
      controller: { version: '0.1.0', startedAt: dawn },
      source: this.source,
      faults: this.faults,
      packages: this.packageLookup,
      rolloutOf: (scope) => this.rollouts.get(scope),
      heardAt: (node) => this.heard.get(node),
    };
  }

  readonly packageLookup = {
    find: (name: string, version: string) =>
      this.packages.has(`${name} ${version}`)
        ? { digest: digestOf(`${name}-${version}`), sizeBytes: 1_234_567 }
        : undefined,
    explainMissing: (name: string, version: string) =>
      `The patch store has no ${name} ${version}. Push it: tarsctl patch push ${name} ${version} <package.tgz>.`,
  };

  get input(): StatusInput {
    return { state: this.state, facts: this.facts, now: this.now };
  }
}

function nodeOf(name: string): DesiredNode {
  return {
    name,
    dataCenter: name.split('-')[0] ?? 'sz',
    addresses: { inner: `10.0.0.${name.length}` },
    labels: { rack: 'r1' },
    portRange: { from: 20_000, to: 20_999 },
    origin: { path: `nodes/${name}.yaml`, line: 1 },
  };
}

function scopeOf(options: ServiceOptions): DesiredScope {
  const { name, dataCenter = 'sz', version = '1.0.0', nodes, state = 'running' } = options;
  const revision = revisionOf(name, version);
  const content: InstanceRevision = {
    service: name,
    type: 'process',
    release: { package: name, version },
    start: './bin/server',
    hooks: {},
    limits: {},
    stopTimeoutMs: 10_000,
    startTimeoutMs: 60_000,
    env: { LEVEL: 'info', DB_PASSWORD: 'hunter2' },
    servants: [],
    files: [{ path: 'server.conf', content: 'port = 9000\napi_token: abc123\n' }],
  };
  return {
    scope: `${dataCenter}/${name}`,
    service: name,
    dataCenter,
    state,
    digest: digestOf(JSON.stringify([name, version, state, nodes])),
    revisions: { [revision]: content },
    instances: nodes.map((node) => ({ instance: `${name}@${node}`, node, revision })),
    rollout: { strategy: 'rolling', batch: 1, maxUnavailable: 1, progressDeadlineMs: 600_000 },
    labels: options.labels ?? {},
    origin: { path: `apps/${name.toLowerCase()}.yaml`, line: 1 },
  };
}
