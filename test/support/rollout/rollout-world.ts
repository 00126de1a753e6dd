/** A world of agents with processes around a real registry; time and order are the test's. */

import { planRollout, type RolloutPlan } from '../../../controller/rollout/plan-rollout.ts';
import type { RolloutProgress } from '../../../controller/rollout/rollout-status.ts';
import type { RegistryCommand } from '../../../registry/commands.ts';
import { fullTargets } from '../../../registry/target-delta.ts';
import type { InstanceTarget, RegistryState } from '../../../registry/model.ts';
import { apply, initialRegistryState } from '../../../registry/registry-machine.ts';
import { isUnheard } from '../../../registry/rebuild.ts';
import type { RegistryResult } from '../../../registry/result.ts';
import type { DesiredScope } from '../../../spec/desired-state.ts';
import {
  commitOf,
  node,
  observedOf,
  openOf,
  reportOf,
  type ScopeOptions,
} from '../registry/builders.ts';
import { scope as scopeOf } from '../registry/builders.ts';

interface Process {
  revision: string;
  phase: 'starting' | 'running' | 'crashed' | 'stopped';
  /** Of the target that the agent last looked at. */
  generation: number;
}

interface FakeAgent {
  connected: boolean;
  session: number;
  /** This controller has its full report. */
  reported: boolean;
  targets: Map<string, InstanceTarget>;
  readonly processes: Map<string, Process>;
}

export class RolloutWorld {
  state: RegistryState = initialRegistryState();
  readonly agents = new Map<string, FakeAgent>();
  now = 1_000;
  /** Versions that the patch store has, and `NAME VERSION NODE` that only an agent has; `undefined` for all. */
  stored: Set<string> | undefined;
  /** Revisions that crash as soon as they start. */
  readonly bad = new Set<string>();
  /** False: agents tell what runs, and not what they were told, as older ones do. */
  tellsHeld = true;
  #token = 1;
  #sequence = 0;
  #commits = 0;
  #progress: RolloutProgress | undefined;
  #desired: DesiredScope | undefined;

  constructor(nodes: readonly string[]) {
    this.apply(commitOf('c0', { upsertNodes: nodes.map((name) => node(name)) }));
    for (const name of nodes) {
      const agent = {
        connected: false,
        session: 0,
        reported: false,
        targets: new Map(),
        processes: new Map(),
      };
      this.agents.set(name, agent);
      this.connect(name);
      this.report(name);
    }
  }

  get desired(): DesiredScope {
    if (this.#desired === undefined) throw new Error('nothing was committed');
    return this.#desired;
  }

  apply(command: RegistryCommand): RegistryResult {
    this.#sequence += 1;
    return apply(this.state, structuredClone(command), this.#sequence);
  }

  commit(options: Omit<ScopeOptions, 'service'>): void {
    this.#commits += 1;
    this.#desired = scopeOf({ service: 'A.One', ...options });
    this.apply(
      commitOf(`c${this.#commits}`, {
        at: this.now,
        fencingToken: this.#token,
        upsertScopes: [this.#desired],
      }),
    );
  }

  connect(name: string): void {
    const agent = this.agent(name);
    agent.connected = true;
    agent.session += 1;
    const sessionId = `s${agent.session}`;
    this.apply(openOf(name, sessionId, this.now));
    if (!this.tellsHeld) return;
    const targets = [...agent.targets.values()];
    this.apply({ type: 'report-held', at: this.now, node: name, sessionId, targets });
  }

  /** Another controller process goes on with the same registry; it has heard nobody yet. */
  restartController(): void {
    for (const agent of this.agents.values()) agent.reported = false;
    this.#progress = undefined;
  }

  /** All controllers lost their disks; one begins anew, and agents come back when they do. */
  rebuild(): void {
    this.state = initialRegistryState();
    this.#sequence = 0;
    this.#progress = undefined;
    const about = { at: this.now, controller: 'a', registryId: 'new', waitMs: 1 };
    this.apply({ type: 'begin-rebuild', ...about });
    this.#token = this.state.leases.lastToken;
    const upsertNodes = [...this.agents.keys()].map((name) => node(name));
    this.apply(commitOf('c0', { at: this.now, fencingToken: this.#token, upsertNodes }));
    for (const agent of this.agents.values()) {
      agent.connected = false;
      agent.reported = false;
    }
  }

  endRebuild(): void {
    this.apply({ type: 'end-rebuild', at: this.now, why: 'operator' });
  }

  disconnect(name: string): void {
    const agent = this.agent(name);
    if (!agent.connected) return;
    agent.connected = false;
    agent.reported = false;
    const sessionId = `s${agent.session}`;
    this.apply({ type: 'lose-session', at: this.now, node: name, sessionId });
  }

  plan(): RolloutPlan {
    const packages = {
      find: (name: string, version: string, _digest?: string, on?: string) =>
        this.stored === undefined ||
        this.stored.has(`${name} ${version}`) ||
        this.stored.has(`${name} ${version} ${on}`)
          ? { digest: `sha256:${name}-${version}` as const, sizeBytes: 7 }
          : undefined,
      explainMissing: (name: string, version: string) =>
        `Package ${name} ${version} is not stored. tarsctl patch push ${name} ${version} FILE`,
    };
    const { state, now } = this;
    const scope = this.desired.scope;
    const hasReported = (name: string) => this.agents.get(name)?.reported ?? false;
    const progress = this.#progress;
    const plan = planRollout({ scope, state, packages, now, progress, hasReported });
    this.#progress = plan.progress;
    return plan;
  }

  /** Plans, and makes it so. */
  step(): RolloutPlan {
    const plan = this.plan();
    const { upsert, remove } = plan;
    if (upsert.length + remove.length > 0) {
      const command = { at: this.now, fencingToken: this.#token, upsert, remove, reason: 'step' };
      this.apply({ type: 'set-targets', ...command });
    }
    return plan;
  }

  deliver(name: string): void {
    const agent = this.agent(name);
    if (!agent.connected) return;
    if (isUnheard(this.state, name)) return;
    const { upsert, keep = [] } = fullTargets(this.state, name);
    const isKept = (instance: string) =>
      this.state.rebuild !== undefined && keep.includes(instance);
    const kept = [...agent.targets.values()].filter(({ instance }) => isKept(instance));
    agent.targets = new Map([...kept, ...upsert].map((target) => [target.instance, target]));
  }

  /** The agent takes one step for each of its instances; it does so without a controller too. */
  act(name: string): void {
    const { targets, processes } = this.agent(name);
    for (const [instance, process] of processes) {
      if (targets.has(instance)) continue;
      if (process.phase === 'stopped') processes.delete(instance);
      else process.phase = 'stopped';
    }
    for (const target of targets.values()) this.#actOn(target, processes);
  }

  #actOn(target: InstanceTarget, processes: Map<string, Process>): void {
    const { instance, revision, generation, state } = target;
    const process = processes.get(instance) ?? { revision, phase: 'stopped', generation };
    processes.set(instance, process);
    process.generation = generation;
    const isAlive = process.phase === 'running' || process.phase === 'starting';
    if (isAlive && (state === 'stopped' || process.revision !== revision)) {
      process.phase = 'stopped';
    } else if (process.phase === 'starting') {
      process.phase = this.bad.has(revision) ? 'crashed' : 'running';
    } else if (!isAlive && state === 'running') {
      process.phase = 'starting';
      process.revision = revision;
    } else if (!isAlive) {
      process.phase = 'stopped';
    }
  }

  report(name: string): void {
    const agent = this.agent(name);
    const { connected, session, processes } = agent;
    if (!connected) return;
    agent.reported = true;
    const phases = {
      crashed: 'backoff',
      starting: 'starting',
      running: 'running',
      stopped: 'stopped',
    } as const;
    const instances = [...processes].map(([instance, { phase, revision, generation }]) =>
      observedOf(instance, { phase: phases[phase], revision, observedGeneration: generation }),
    );
    this.apply(reportOf(name, `s${session}`, { at: this.now, full: true, instances }));
  }

  crash(name: string): void {
    for (const process of this.agent(name).processes.values()) {
      if (process.phase === 'running') process.phase = 'crashed';
    }
  }

  /** Everybody does everything, until nothing changes any more. Returns the number of rounds. */
  settle(roundsMax = 200): number {
    let quietRounds = 0;
    for (let round = 1; round <= roundsMax; round += 1) {
      this.now += 100;
      const { upsert, remove } = this.step();
      for (const name of this.agents.keys()) {
        this.deliver(name);
        this.act(name);
        this.report(name);
      }
      const isQuiet = upsert.length + remove.length === 0 && this.#areAgentsDone();
      quietRounds = isQuiet ? quietRounds + 1 : 0;
      // The first quiet round may have brought the report that lets the plan go on.
      if (quietRounds === 2) return round;
    }
    throw new Error(`not settled after ${roundsMax} rounds: ${JSON.stringify(this.plan().status)}`);
  }

  #areAgentsDone(): boolean {
    return [...this.agents.values()].every(({ connected, targets, processes }) => {
      const isThere = ({ instance, revision, state }: InstanceTarget) => {
        const process = processes.get(instance);
        const wanted =
          state === 'stopped' ? 'stopped' : this.bad.has(revision) ? 'crashed' : 'running';
        const isRight = state === 'stopped' || process?.revision === revision;
        return process !== undefined && isRight && process.phase === wanted;
      };
      const isAll = [...targets.values()].every(isThere) && processes.size === targets.size;
      return !connected || isAll || this.bad.size > 0;
    });
  }

  /** What really runs and is ready, whatever anybody knows. */
  get running(): readonly { readonly instance: string; readonly revision: string }[] {
    return [...this.agents.values()].flatMap(({ processes }) =>
      [...processes]
        .filter(([, { phase }]) => phase === 'running')
        .map(([instance, { revision }]) => ({ instance, revision })),
    );
  }

  /** Revisions of all processes that exist. */
  get aliveRevisions(): ReadonlySet<string> {
    const processes = [...this.agents.values()].flatMap((agent) => [...agent.processes.values()]);
    const alive = processes.filter(({ phase }) => phase === 'running' || phase === 'starting');
    return new Set(alive.map(({ revision }) => revision));
  }

  agent(name: string): FakeAgent {
    const agent = this.agents.get(name);
    if (agent === undefined) throw new Error(`no agent ${name}`);
    return agent;
  }
}
