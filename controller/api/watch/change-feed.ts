/** Notices what changed, from the registry and from facts beside it, and tells who watches. */

import { randomBytes } from 'node:crypto';
import type { RegistryCommand } from '../../../registry/commands.ts';
import type { RegistryResult } from '../../../registry/result.ts';
import { endpointKey } from '../../../registry/status/endpoint-view.ts';
import { eventViews } from '../../../registry/status/event-view.ts';
import type { Applied } from '../../../replica/core/replica.ts';
import { listKeys } from '../../../registry/status/list-keys.ts';
import type { StatusPorts } from '../status-ports.ts';
import { ChangeRing } from './change-ring.ts';
import { KnownInstances } from './known-instances.ts';
import { SlowFacts } from './slow-facts.ts';
import { touchedBy } from './touched-by.ts';

const capacity = 50_000;
/** Changes this close together are told as one. */
const flushMs = 20;
const tickMs = 1_000;

/** The kinds that have one object only; its key is empty. */
export const singletonKey = '';

export class ChangeFeed {
  /** Tells this process from others: numbers of another process mean nothing here. */
  readonly epoch = randomBytes(6).toString('hex');
  readonly ring: ChangeRing;
  readonly #ports: StatusPorts;
  readonly #slow: SlowFacts;
  readonly #listeners = new Set<() => void>();
  readonly #endpoints = new Map<string, ReadonlySet<string>>();
  readonly #stops: (() => void)[];
  readonly #known: KnownInstances;
  #held: readonly string[] = [];
  #eventSequence: number;
  #flushTimer: NodeJS.Timeout | undefined;

  constructor(ports: StatusPorts) {
    const { registry, packages } = ports;
    this.#ports = ports;
    this.ring = new ChangeRing(capacity, registry.sequence);
    this.#known = new KnownInstances(registry.state);
    this.#eventSequence = registry.sequence;
    this.#slow = new SlowFacts(ports, (kind, key) => this.#mark(kind, key));
    for (const id of registry.state.observed.keys()) this.#endpointsOf(id);
    const timer = setInterval(() => this.#slow.look(), tickMs);
    timer.unref();
    this.#stops = [
      registry.subscribe((applied) => this.#onApplied(applied)),
      packages.onChange(() => this.#onPackages()),
      () => clearInterval(timer),
    ];
  }

  /** Called after changes, never more often than every 20 ms. Returns the unsubscriber. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Notices now what changed outside the registry, instead of at the next tick. */
  look(): void {
    this.#slow.look();
  }

  close(): void {
    for (const stop of this.#stops) stop();
    clearTimeout(this.#flushTimer);
    this.#listeners.clear();
  }

  #onApplied({ command, result }: Applied<RegistryCommand, RegistryResult>): void {
    if (!result.accepted || isRenewal(command)) return;
    const { state } = this.#ports.registry;
    if (command.type === 'apply-commit') this.#onCommit();
    const touched = touchedBy(state, command, result.changes, this.#known);
    this.#known.update(state, touched.instances);
    for (const node of touched.nodes) this.#mark('nodes', node);
    this.#slow.seen(touched.nodes);
    for (const scope of touched.scopes) this.#markScope(scope);
    for (const instance of touched.instances) {
      this.#mark('instances', instance);
      for (const key of this.#endpointsOf(instance)) this.#mark('endpoints', key);
    }
    if (result.events.length > 0) this.#markEvents();
    this.#markAll();
  }

  /** An object can become held, or free, without any change of its scope. */
  #onCommit(): void {
    const { source, scopes } = this.#ports.registry.state;
    const held = (source?.held ?? []).map(({ object }) => object.name);
    const services = new Set([...held, ...this.#held]);
    this.#held = held;
    if (services.size > 0) {
      for (const { desired } of scopes.values()) {
        if (services.has(desired.service)) this.#markScope(desired.scope);
      }
    }
    this.#slow.look();
  }

  #onPackages(): void {
    for (const item of this.#ports.packages.list()) {
      this.#mark('packages', listKeys.packages(item));
    }
    this.#slow.lookAtPackages();
    this.#markAll();
  }

  #markScope(scope: string): void {
    for (const kind of ['services', 'rollouts', 'revisions']) this.#mark(kind, scope);
    this.#slow.follow(scope);
  }

  #markEvents(): void {
    for (const { id, sequence } of eventViews(this.#ports.registry.state)) {
      if (sequence > this.#eventSequence) this.#mark('events', id);
    }
    this.#eventSequence = this.#ports.registry.sequence;
  }

  #markAll(): void {
    for (const kind of ['cluster', 'status']) this.#mark(kind, singletonKey);
  }

  /** Those that are there, and those that were. */
  #endpointsOf(instance: string): ReadonlySet<string> {
    const endpoints = this.#ports.registry.state.observed.get(instance)?.endpoints ?? [];
    const keys = new Set(endpoints.map(({ servant }) => endpointKey({ instance, servant })));
    const before = this.#endpoints.get(instance) ?? [];
    if (keys.size === 0) this.#endpoints.delete(instance);
    else this.#endpoints.set(instance, keys);
    return new Set([...keys, ...before]);
  }

  #mark(kind: string, key: string): void {
    this.ring.add(this.#ports.registry.sequence, kind, key);
    this.#flushTimer ??= setTimeout(() => {
      this.#flushTimer = undefined;
      for (const listener of this.#listeners) listener();
    }, flushMs);
  }
}

/** Nobody sees that a leader goes on leading. */
function isRenewal(command: RegistryCommand): boolean {
  return command.type === 'lease' && command.lease.type === 'renew-lease';
}
