/**
 * Brings the newest commit into the registry: load, resolve, compare, and, while this controller
 * leads, propose once. Level
 * triggered: the newest commit wins, the ones in between are skipped, and a repeated wake-up
 * finds nothing to do.
 */

import { isTarsierError, TarsierError } from '../../errors/tarsier-error.ts';
import type { RegistryCommand } from '../../registry/commands.ts';
import type { RegistryState } from '../../registry/model.ts';
import type { RegistryResult } from '../../registry/result.ts';
import type { Replica } from '../../replica/core/replica.ts';
import type { DesiredState } from '../../spec/desired-state.ts';
import type { Fault } from '../../spec/fault.ts';
import type { InForce } from '../../spec/resolve/resolved.ts';
import type { CommitInfo } from '../source/commit-info.ts';
import type { LoadedCommit } from '../source/commit-loader.ts';
import type { SourceOrigin } from '../source/git-source.ts';
import { problemOf, type SourceProblem } from '../source/source-status.ts';
import {
  inForceOf,
  planCommit,
  type CommitPlan,
  type Agreement,
  type RegistryInForce,
  type ResolvedCommit,
} from './plan-commit.ts';

export interface ReconcilePorts {
  readonly registry: Replica<RegistryState, RegistryCommand, RegistryResult>;
  /** `undefined` while another controller leads. */
  fencingToken(): number | undefined;
  /** Costs what changed since the commit before. */
  load(commit: string, inForce: RegistryInForce): Promise<LoadedCommit>;
  /** Pure; keeps what it can reuse. */
  resolve(loaded: LoadedCommit, inForce: InForce): Resolution;
  now(): number;
  log(fields: Readonly<Record<string, unknown>>, message: string): void;
  /** Once for each commit that was dealt with. */
  onReconciled?(durationMs: number): void;
}

export interface Resolution extends Pick<
  ResolvedCommit,
  'desired' | 'objectCount' | 'held' | 'holdReason'
> {
  readonly faults: readonly Fault[];
}

interface Offer {
  readonly head: CommitInfo;
  readonly origin: SourceOrigin;
}

/** `again`: at once, against the registry as it is now. `later`: when it is offered again. */
type Outcome = 'done' | 'again' | 'later';

interface Plan {
  /** `undefined` when the registry says it all already. */
  readonly command: CommitPlan | undefined;
  /** `undefined` when none of it may take effect. */
  readonly desired: DesiredState | undefined;
}

export class Reconciler {
  readonly #ports: ReconcilePorts;
  #agreed: Agreement | undefined;
  #offered: Offer | undefined;
  #done: Offer | undefined;
  #working: Promise<void> = Promise.resolve();
  #isWorking = false;
  #problem: SourceProblem | undefined;
  #closed = false;

  constructor(ports: ReconcilePorts) {
    this.#ports = ports;
  }

  /** For every commit that the source offers, new or not; what failed before is tried again. */
  offer(head: CommitInfo, origin: SourceOrigin): void {
    this.#offered = { head, origin };
    if (!this.#closed && !this.#isWorking) this.#working = this.#work();
  }

  /** Leadership was gained: what was only planned so far is proposed now. */
  leads(): void {
    if (this.#offered !== undefined) this.offer(this.#offered.head, this.#offered.origin);
  }

  /** Why the newest commit could not even be looked at; `undefined` if it could. */
  get problem(): SourceProblem | undefined {
    return this.#problem;
  }

  /** Resolves when there is nothing left to do. */
  async settled(): Promise<void> {
    while (this.#isWorking) await this.#working;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.settled();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    try {
      while (!this.#closed && this.#offered !== undefined && !this.#isDone(this.#offered)) {
        const offer = this.#offered;
        const outcome = await this.#attempt(offer);
        if (outcome === 'done') this.#done = offer;
        // The source offers the commit again with its next look.
        if (outcome === 'later' && this.#offered === offer) return;
      }
    } finally {
      this.#isWorking = false;
    }
  }

  /** Done means: this commit, and nobody has changed the registry's source since. */
  #isDone({ head }: Offer): boolean {
    const known = this.#ports.registry.state.source?.commit;
    return this.#done?.head.commit === head.commit && known === head.commit;
  }

  async #attempt(offer: Offer): Promise<Outcome> {
    let plan: Plan;
    try {
      plan = await this.#plan(offer);
    } catch (error) {
      // A commit that brings out a defect of ours is contained: what is in force stays in force.
      return this.#fail(offer, isTarsierError(error) ? error : defectOf(offer, error));
    }
    let outcome: Outcome;
    try {
      outcome = plan.command === undefined ? 'done' : await this.#propose(plan.command);
    } catch (error) {
      // A defect of the log is not: nobody may go on with it.
      if (!isTarsierError(error) || error.consequence === 'defect') throw error;
      return this.#fail(offer, error);
    }
    this.#problem = undefined;
    this.#agreed = outcome === 'done' ? this.#agreement(plan) : undefined;
    return outcome;
  }

  async #plan({ head, origin }: Offer): Promise<Plan> {
    const { registry } = this.#ports;
    const loaded = await this.#ports.load(head.commit, registry.state);
    // From here to the proposal nothing waits, so the registry stays as it is compared with. What
    // others propose in between is caught by `basedOn`.
    const { faults, ...resolved } = this.#ports.resolve(
      loaded,
      inForceOf(registry.state, this.#agreed),
    );
    if (faults.length > 0) {
      this.#ports.log({ commit: head.commit, faults: faults.length }, 'commit has faults');
    }
    const proposer = { now: this.#ports.now(), agreed: this.#agreed };
    const command = planCommit({ commit: head, origin, ...resolved }, registry.state, proposer);
    return { command, desired: resolved.holdReason === undefined ? resolved.desired : undefined };
  }

  #agreement({ command, desired }: Plan): Agreement | undefined {
    const { source } = this.#ports.registry.state;
    // Another leader may have been faster since.
    const isOurs = command === undefined || source?.appliedAt === command.source.appliedAt;
    return desired !== undefined && isOurs ? { desired, source } : undefined;
  }

  async #propose(command: CommitPlan): Promise<Outcome> {
    const fencingToken = this.#ports.fencingToken();
    // The leader brings it in; this controller has shown what it finds of it.
    if (fencingToken === undefined) return 'later';
    const { result } = await this.#ports.registry.propose({ ...command, fencingToken });
    const { commit, held } = command.source;
    if (result.accepted) {
      const scopes = command.upsertScopes.length;
      const removed = command.removeScopes.length;
      this.#ports.log({ commit, scopes, removed, held: held.length }, 'commit taken over');
      return 'done';
    }
    this.#ports.log({ commit, code: result.code }, 'commit refused by the registry');
    return result.code === 'STALE_SOURCE' ? 'again' : 'later';
  }

  #fail({ head }: Offer, error: TarsierError): Outcome {
    if (this.#problem?.code !== error.code) {
      const { code, message, cause } = error;
      const fields = { commit: head.commit, code, message, ...(cause !== undefined && { cause }) };
      this.#ports.log(fields, 'commit not taken over');
    }
    this.#problem = problemOf(this.#problem, error, this.#ports.now());
    this.#agreed = undefined;
    return 'later';
  }
}

function defectOf({ head }: Offer, cause: unknown): TarsierError {
  return new TarsierError('DEFECT', `Commit ${head.commit} could not be taken over.`, { cause });
}
