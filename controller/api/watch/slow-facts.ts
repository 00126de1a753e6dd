/** Looks at what changes by the clock alone or outside the registry: silence, deadlines, the source. */

import { nodeEvidence } from '../../../registry/status/node-evidence.ts';
import { allNodes } from '../../../registry/status/node-view.ts';
import { serviceView } from '../../../registry/status/service-view.ts';
import { sourceView } from '../../../registry/status/source-view.ts';
import { listKeys } from '../../../registry/status/list-keys.ts';
import type { StatusPorts } from '../status-ports.ts';
import { readView } from '../status-reader.ts';

const movingPerLookMax = 500;

type Mark = (kind: string, key: string) => void;

export class SlowFacts {
  readonly #ports: StatusPorts;
  readonly #mark: Mark;
  readonly #nodeStates = new Map<string, string>();
  /** Scopes that are not where Git wants them, with what was said of them last. */
  readonly #moving = new Map<string, string>();
  #source = '';
  #faults: readonly unknown[] = [];
  #faultKeys: ReadonlySet<string> = new Set();
  #packageKeys: ReadonlySet<string> = new Set();

  constructor(ports: StatusPorts, mark: Mark) {
    this.#ports = ports;
    this.#mark = mark;
    for (const scope of ports.registry.state.scopes.keys()) this.#moving.set(scope, '');
    this.#packageKeys = this.#readPackageKeys();
    this.look();
  }

  /** This scope may be on its way now. */
  follow(scope: string): void {
    if (!this.#moving.has(scope)) this.#moving.set(scope, '');
  }

  /** What a command changed is marked already. */
  seen(nodes: Iterable<string>): void {
    const view = readView(this.#ports);
    for (const node of nodes) this.#nodeStates.set(node, nodeEvidence(view, node).state);
  }

  /** Marks what differs from the last look. */
  look(): void {
    const changed = [this.#lookAtNodes(), this.#lookAtSource(), this.#lookAtFaults()];
    if (changed.includes(true) || this.#lookAtMoving()) {
      for (const kind of ['cluster', 'status']) this.#mark(kind, '');
    }
  }

  /** Packages that are gone; and what waited for one that is there now. */
  lookAtPackages(): void {
    const keys = this.#readPackageKeys();
    for (const key of this.#packageKeys) if (!keys.has(key)) this.#mark('packages', key);
    this.#packageKeys = keys;
    this.#lookAtMoving();
  }

  #readPackageKeys(): ReadonlySet<string> {
    return new Set(this.#ports.packages.list().map(listKeys.packages));
  }

  #lookAtNodes(): boolean {
    const view = readView(this.#ports);
    let changed = false;
    for (const node of allNodes(view.state)) {
      const { state } = nodeEvidence(view, node);
      const before = this.#nodeStates.get(node);
      if (before === state) continue;
      this.#nodeStates.set(node, state);
      if (before === undefined) continue;
      changed = true;
      this.#markNode(node);
    }
    return changed;
  }

  #markNode(node: string): void {
    const { state } = this.#ports.registry;
    this.#mark('nodes', node);
    for (const { desired } of state.scopes.values()) {
      for (const asked of desired.instances) {
        if (asked.node !== node) continue;
        this.#mark('instances', asked.instance);
        this.#mark('services', desired.scope);
        this.#mark('rollouts', desired.scope);
      }
    }
  }

  #lookAtSource(): boolean {
    const { lastLookAt: _moves, conditions, ...rest } = sourceView(readView(this.#ports));
    const said = JSON.stringify([rest, conditions.map(({ evidenceAt: _age, ...kept }) => kept)]);
    if (said === this.#source) return false;
    this.#source = said;
    this.#mark('source', '');
    return true;
  }

  #lookAtFaults(): boolean {
    const faults = this.#ports.faults();
    if (faults === this.#faults) return false;
    const keys = new Set(faults.map(listKeys.faults));
    for (const key of new Set([...keys, ...this.#faultKeys])) this.#mark('faults', key);
    this.#faults = faults;
    this.#faultKeys = keys;
    return true;
  }

  /** A deadline can pass, or the leader can change its mind, without any command. */
  #lookAtMoving(): boolean {
    const view = readView(this.#ports);
    let changed = false;
    for (const [scope, before] of [...this.#moving].slice(0, movingPerLookMax)) {
      // To the end of the queue: all of them get their turn.
      this.#moving.delete(scope);
      const service = serviceView(view, scope);
      if (service === undefined) continue;
      const said = [service.rollout, ...service.conditions.map(({ reason }) => reason)].join(' ');
      if (service.rollout !== 'Complete') this.#moving.set(scope, said);
      if (before === '' || said === before) continue;
      changed = true;
      this.#mark('services', scope);
      this.#mark('rollouts', scope);
    }
    return changed;
  }
}
