/** Collects what a command does beside changing the state: history and what others must look at. */

import type { LeaseResult } from '../../replica/core/lease.ts';
import type { ScopeId } from '../../spec/desired-state.ts';
import { serviceOfScope } from '../instance-id.ts';
import type { RegistryEvent, RegistryState, TimeMs } from '../model.ts';
import type { LockAnswer, RegistryAccepted, RegistryChanges, TargetChange } from '../result.ts';

/** Older events are forgotten; the log itself is the full history. */
export const keptEventsMax = 1_000;

/** A command that touches thousands of objects must not push everything else out of the history. */
const eventsPerCommandMax = 50;

export type EventDraft = Omit<RegistryEvent, 'sequence' | 'at'>;

export class Effects {
  readonly #sequence: number;
  readonly #at: TimeMs;
  readonly #events: RegistryEvent[] = [];
  #omitted = 0;
  readonly #scopes = new Set<ScopeId>();
  readonly #services = new Set<string>();
  readonly #nodes = new Set<string>();
  readonly #targets: TargetChange[] = [];
  readonly #strays: TargetChange[] = [];
  #topology = false;
  #answers: Pick<RegistryAccepted, 'lock' | 'lease'> = {};

  constructor(sequence: number, at: TimeMs) {
    this.#sequence = sequence;
    this.#at = at;
  }

  event(draft: EventDraft): void {
    if (this.#events.length >= eventsPerCommandMax) this.#omitted += 1;
    else this.#events.push({ sequence: this.#sequence, at: this.#at, ...draft });
  }

  scopeChanged(scope: ScopeId): void {
    this.#scopes.add(scope);
    this.#services.add(serviceOfScope(scope));
  }

  /** `scopeChanged` says it as well, of its service. */
  serviceChanged(service: string): void {
    this.#services.add(service);
  }

  topologyChanged(): void {
    this.#topology = true;
  }

  nodeChanged(node: string): void {
    this.#nodes.add(node);
  }

  targetChanged(change: TargetChange): void {
    this.#targets.push(change);
  }

  stray(change: TargetChange): void {
    this.#strays.push(change);
  }

  answerLock(answer: LockAnswer): void {
    this.#answers = { lock: answer };
  }

  answerLease(answer: LeaseResult): void {
    this.#answers = { lease: answer };
  }

  get answers(): Pick<RegistryAccepted, 'lock' | 'lease'> {
    return this.#answers;
  }

  /** Place of the command in the log. */
  get sequence(): number {
    return this.#sequence;
  }

  get changes(): RegistryChanges {
    return {
      // Sorted: the order in which an index names them differs between members.
      scopes: [...this.#scopes].toSorted(),
      services: [...this.#services].toSorted(),
      topology: this.#topology,
      nodes: [...this.#nodes].toSorted(),
      targets: this.#targets,
      strays: this.#strays,
    };
  }

  /** Appends the events to the bounded history and returns them. */
  writeEvents(state: RegistryState): readonly RegistryEvent[] {
    if (this.#omitted > 0) {
      this.#events.push({
        sequence: this.#sequence,
        at: this.#at,
        reason: 'EventsOmitted',
        severity: 'info',
        subject: { kind: 'Cluster', name: state.cluster?.name ?? '' },
        message: `${this.#omitted} more events of this change are not listed.`,
      });
    }
    state.events.push(...this.#events);
    const excess = state.events.length - keptEventsMax;
    if (excess > 0) state.events.splice(0, excess);
    return this.#events;
  }
}

export function refuse<Code>(code: Code, message: string) {
  return { accepted: false as const, code, message };
}
