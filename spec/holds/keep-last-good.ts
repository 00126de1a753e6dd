/** Puts the last good revision of what is held into what the commit says, so that both fit. */

import type {
  DesiredNode,
  DesiredScope,
  DesiredState,
  DesiredTopology,
  ScopeId,
} from '../desired-state.ts';
import type { InForce, Resolved } from '../resolve/resolved.ts';
import { heldService } from './collect-holds.ts';
import type { Holds } from './holds.ts';
import { calleesThatAskForAnother, calleesThatChange } from './unfit-calls.ts';

/**
 * Whatever of the commit does not fit beside the last good revisions is held as well (it takes a
 * port, or moves a node, that a held service still uses), until nothing more is found.
 */
export function keepLastGood(inForce: InForce, resolved: Resolved, holds: Holds): DesiredState {
  const keeper = new Keeper(inForce, resolved, holds);
  while (keeper.holdWhatDoesNotFit()) keeper.rebuild();
  return keeper.state();
}

class Keeper {
  readonly #inForce: InForce;
  readonly #resolved: Resolved;
  readonly #holds: Holds;
  readonly #topology: DesiredTopology;
  #scopes = new Map<ScopeId, DesiredScope>();
  #kept: DesiredScope[] = [];
  #nodes = new Map<string, DesiredNode>();

  constructor(inForce: InForce, resolved: Resolved, holds: Holds) {
    this.#inForce = inForce;
    this.#resolved = resolved;
    this.#holds = holds;
    const { topology } = resolved.desired;
    this.#topology = holds.topology === undefined ? topology : (inForce.topology ?? topology);
    this.rebuild();
  }

  rebuild(): void {
    const { desired } = this.#resolved;
    this.#scopes = new Map();
    for (const [id, scope] of desired.scopes) {
      if (!this.#holds.isServiceHeld(scope.service)) this.#scopes.set(id, scope);
    }
    this.#kept = [];
    for (const [id, scope] of this.#inForce.scopes) {
      if (!this.#holds.isServiceHeld(scope.service)) continue;
      this.#scopes.set(id, scope);
      this.#kept.push(scope);
    }
    this.#nodes = new Map(desired.nodes);
    for (const [name, { node }] of this.#holds.nodes) this.#nodes.set(name, node);
    for (const scope of this.#kept) this.#keepNodes(scope);
  }

  /** A held service stays where it is, so its nodes do. */
  #keepNodes(scope: DesiredScope): void {
    const held = this.#holds.find('Service', scope.service);
    for (const { node: name } of scope.instances) {
      if (this.#nodes.get(name)?.dataCenter === scope.dataCenter) continue;
      const node = this.#inForce.nodes.get(name);
      if (node === undefined || held === undefined) continue;
      this.#nodes.set(name, node);
      this.#holds.add({
        object: { kind: 'Node', name },
        reason: held.reason,
        message: `${scope.service} is held and still runs on it`,
        because: { kind: 'Service', name: scope.service },
      });
    }
  }

  /** True when something more was held. */
  holdWhatDoesNotFit(): boolean {
    const ports = this.#keptPorts();
    const before = this.#holds.objects.size;
    for (const [service, { claims }] of this.#resolved.memo.services.entries) {
      if (this.#holds.isServiceHeld(service)) continue;
      const claim = claims.find(({ key }) => ports.has(key));
      const owner = claim === undefined ? undefined : ports.get(claim.key);
      if (claim !== undefined && owner !== undefined) {
        const message = `port ${claim.port} on ${claim.node} is still used by ${owner}, which is held`;
        this.#hold(service, owner, message);
      }
    }
    for (const scope of this.#scopes.values()) {
      if (this.#holds.isServiceHeld(scope.service)) continue;
      const moved = scope.instances.find(
        ({ node }) => this.#nodes.get(node)?.dataCenter !== scope.dataCenter,
      );
      const blame = moved === undefined ? undefined : this.#holds.find('Node', moved.node);
      if (moved === undefined || blame === undefined) continue;
      this.#hold(scope.service, blame.because?.name ?? '', `${moved.node} ${blame.message}`);
    }
    this.#holdUnfitGroups();
    this.#holdUnfitCalls();
    return this.#holds.objects.size > before;
  }

  /** A group that the commit adds is not there while those in force stay. */
  #holdUnfitGroups(): void {
    const cause = this.#holds.topology;
    if (cause === undefined) return;
    const known = new Set(this.#topology.groups.map(({ name }) => name));
    for (const { service, grouping } of this.#scopes.values()) {
      const group = grouping?.group;
      if (group === undefined || known.has(group) || this.#holds.isServiceHeld(service)) continue;
      const message = `the IDC groups in force stay, and ${group} is none of them`;
      this.#holds.add(heldService(service, { ...cause, message }));
    }
  }

  /** Caller and callee change their key together. */
  #holdUnfitCalls(): void {
    for (const [id, scope] of this.#scopes) {
      const { service } = scope;
      if (this.#holds.isServiceHeld(service)) continue;
      const callees = calleesThatChange(this.#inForce.scopes.get(id), scope);
      const held = callees.find((callee) => this.#holds.isServiceHeld(callee));
      if (held !== undefined) this.#hold(service, held, `its key for ${held} waits for that`);
    }
    const { units } = this.#resolved.memo.auth;
    for (const scope of this.#kept) {
      for (const callee of calleesThatAskForAnother(scope, units)) {
        const message = `${scope.service} is held and still calls it with the key in force`;
        if (!this.#holds.isServiceHeld(callee)) this.#hold(callee, scope.service, message);
      }
    }
  }

  #hold(service: string, owner: string, message: string): void {
    const reason = this.#holds.find('Service', owner)?.reason ?? 'SPEC_PORT_CLASH';
    const root = { kind: 'Service', name: owner };
    this.#holds.add(heldService(service, { reason, root, message }));
  }

  /** Machine and port → the held service that still uses it. */
  #keptPorts(): ReadonlyMap<string, string> {
    const ports = new Map<string, string>();
    for (const scope of this.#kept) {
      if (scope.state === 'stopped') continue;
      for (const { node: name, revision } of scope.instances) {
        const node = this.#nodes.get(name);
        const servants = scope.revisions[revision]?.servants ?? [];
        if (node === undefined) continue;
        const machine = `${node.dataCenter} ${Object.values(node.addresses)[0]}`;
        for (const { port } of servants) {
          if (port !== 'auto') ports.set(`${machine}:${port}`, scope.service);
        }
      }
    }
    return ports;
  }

  state(): DesiredState {
    const { desired } = this.#resolved;
    const cluster = this.#holds.cluster
      ? (this.#inForce.cluster ?? desired.cluster)
      : desired.cluster;
    const dataCenters = new Map(desired.dataCenters);
    for (const { dataCenter } of this.#nodes.values()) {
      const earlier = this.#inForce.dataCenters?.get(dataCenter);
      if (earlier !== undefined && !dataCenters.has(dataCenter))
        dataCenters.set(dataCenter, earlier);
    }
    return {
      cluster,
      topology: this.#topology,
      dataCenters,
      nodes: this.#nodes,
      scopes: this.#scopes,
    };
  }
}
