/**
 * Carries rollouts on: looks at the scopes that something happened to, and at no others. While
 * another controller leads it plans, so that every status is known, and writes nothing.
 */

import type { RegistryCommand } from '../../registry/commands.ts';
import { indexesOf, instancesAt } from '../../registry/indexes.ts';
import type { RegistryState, TimeMs } from '../../registry/model.ts';
import type { RegistryResult } from '../../registry/result.ts';
import type { Replica } from '../../replica/core/replica.ts';
import type { ScopeId } from '../../spec/desired-state.ts';
import type { PatchStore } from '../patch/patch-store.ts';
import type { AgentEvidence, HasReported } from './placement.ts';
import { planRollout } from './plan-rollout.ts';
import type { RolloutProgress, RolloutStatus } from './rollout-status.ts';
import { splitSteps } from './split-steps.ts';
import type { Steps } from './steps.ts';

export interface RolloutPorts {
  readonly replica: Replica<RegistryState, RegistryCommand, RegistryResult>;
  readonly packages: PatchStore;
  /** Of the lease that this controller leads with; `undefined` while another one leads. */
  fencingToken(): number | undefined;
  /** Milliseconds since 1970. */
  nowMs(): TimeMs;
  /** Calls back once, later; returns what cancels it. */
  after(delayMs: number, callback: () => void): () => void;
  /** A step was refused: another controller leads. */
  onLeaseLost(message: string): void;
  /** A step could not be written; it is tried again. */
  onError(error: unknown): void;
}

/** So many scopes are looked at before others get their turn. */
const scopesPerPassMax = 500;
/** Timers cannot wait for longer than some weeks; deadlines can. */
const wakeMaxMs = 3_600_000;
const retryMinMs = 200;
const retryMaxMs = 10_000;

export class RolloutLoop {
  readonly #ports: RolloutPorts;
  readonly #dirty = new Set<ScopeId>();
  readonly #statuses = new Map<ScopeId, RolloutStatus>();
  readonly #progress = new Map<ScopeId, RolloutProgress>();
  readonly #wakeAt = new Map<ScopeId, TimeMs>();
  readonly #stopCalls: (() => void)[] = [];
  #hasReported: HasReported = () => false;
  #cancelPass: (() => void) | undefined;
  #cancelWake: (() => void) | undefined;
  #pass: Promise<void> | undefined;
  #failures = 0;
  #isStopped = false;

  constructor(ports: RolloutPorts) {
    this.#ports = ports;
  }

  /** Looks at everything once, then only at what changes. Call it once. */
  start(agents: AgentEvidence): void {
    const { replica, packages } = this.#ports;
    this.#hasReported = (node) => agents.hasReported(node);
    this.#stopCalls.push(
      replica.subscribe(({ result }) => {
        if (result.accepted) this.#wake(result.changes.scopes);
      }),
      packages.onChange(() => this.#wake(this.#waitingForPackages())),
      agents.onReported((node) => this.#wake(this.#scopesOn(node))),
    );
    this.#wakeAll();
  }

  /** Leadership was gained: what was only planned so far is written now. */
  leads(): void {
    this.#wakeAll();
  }

  /** Resolves when nothing more is written. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const stop of this.#stopCalls) stop();
    this.#cancelPass?.();
    this.#cancelWake?.();
    await this.#pass;
  }

  /** As of the last look; `undefined` for a scope that is not there. */
  statusOf(scope: ScopeId): RolloutStatus | undefined {
    return this.#statuses.get(scope);
  }

  #wakeAll(): void {
    const { state } = this.#ports.replica;
    this.#wake([...state.scopes.keys(), ...indexesOf(state).targetsByScope.keys()]);
  }

  #wake(scopes: Iterable<ScopeId>): void {
    for (const scope of scopes) this.#dirty.add(scope);
    this.#schedule(0);
  }

  #scopesOn(node: string): readonly ScopeId[] {
    const { state } = this.#ports.replica;
    const told = [...instancesAt(indexesOf(state).targetsByNode, node)];
    return told.map((instance) => state.targets.get(instance)?.scope ?? '');
  }

  #waitingForPackages(): readonly ScopeId[] {
    const waiting = [...this.#statuses.values()].filter(
      ({ reason }) => reason === 'PackageMissing',
    );
    return waiting.map(({ scope }) => scope);
  }

  #schedule(delayMs: number): void {
    const isUnderWay = this.#cancelPass !== undefined || this.#pass !== undefined;
    if (this.#dirty.size === 0 || isUnderWay || this.#isStopped) return;
    this.#cancelPass = this.#ports.after(delayMs, () => {
      this.#cancelPass = undefined;
      this.#pass = this.#runAndGoOn();
    });
  }

  async #runAndGoOn(): Promise<void> {
    const retryInMs = await this.#run();
    this.#pass = undefined;
    this.#schedule(retryInMs);
    this.#scheduleWake();
  }

  /** Returns how long to wait before the next pass. */
  async #run(): Promise<number> {
    const scopes = [...this.#dirty].slice(0, scopesPerPassMax);
    for (const scope of scopes) this.#dirty.delete(scope);
    try {
      const planned = scopes.map((scope) => this.#plan(scope));
      for (const steps of splitSteps(planned)) await this.#write(steps);
      this.#failures = 0;
      return 0;
    } catch (error) {
      for (const scope of scopes) this.#dirty.add(scope);
      this.#failures += 1;
      this.#ports.onError(error);
      return Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(this.#failures, 10));
    }
  }

  #plan(scope: ScopeId): Steps {
    const { replica, packages } = this.#ports;
    const progress = this.#progress.get(scope);
    const now = this.#ports.nowMs();
    const { state } = replica;
    const hasReported = this.#hasReported;
    const plan = planRollout({ scope, state, packages, now, progress, hasReported });
    put(this.#progress, scope, plan.progress);
    put(this.#statuses, scope, plan.status);
    put(this.#wakeAt, scope, plan.wakeAt);
    return plan;
  }

  async #write(steps: Steps): Promise<void> {
    const { replica, nowMs } = this.#ports;
    const fencingToken = this.#ports.fencingToken();
    if (this.#isStopped || fencingToken === undefined) return;
    const { result } = await replica.propose({
      type: 'set-targets',
      at: nowMs(),
      fencingToken,
      ...steps,
      reason: reasonOf(steps),
    });
    // Nothing is lost: whoever leads plans the same, and so does this one when it leads again.
    if (!result.accepted) this.#ports.onLeaseLost(result.message);
  }

  /** One timer for the earliest moment; scopes that are settled have none. */
  #scheduleWake(): void {
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    if (this.#wakeAt.size === 0 || this.#isStopped) return;
    const earliest = this.#wakeAt.values().reduce((least, at) => Math.min(least, at));
    const delayMs = Math.min(wakeMaxMs, Math.max(1, earliest - this.#ports.nowMs()));
    this.#cancelWake = this.#ports.after(delayMs, () => {
      const now = this.#ports.nowMs();
      const due = [...this.#wakeAt].filter(([, at]) => at <= now).map(([scope]) => scope);
      this.#wake(due);
      if (due.length === 0) this.#scheduleWake();
    });
  }
}

function put<Value>(map: Map<ScopeId, Value>, scope: ScopeId, value: Value | undefined): void {
  if (value === undefined) map.delete(scope);
  else map.set(scope, value);
}

/** For the history, beside the number of instances. */
function reasonOf({ upsert, remove }: Steps): string {
  const [first] = upsert;
  if (first === undefined) return 'not asked for any more';
  const isOne = upsert.every(({ revision }) => revision === first.revision);
  const version = first.content.release?.version;
  const release = version === undefined ? '' : `version ${version}, `;
  const what = isOne ? `${release}revision ${first.revision.slice(0, 19)}` : 'the next step';
  return remove.length === 0 ? what : `${what}; ${remove.length} not asked for any more`;
}
