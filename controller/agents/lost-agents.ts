/**
 * Notices the loss of agents: each controller that of its own, and the leader that of agents whose
 * controller is gone and that have not come back elsewhere.
 */

import type { LinkTiming } from '../../link/connection/timing.ts';
import type { NodeSession, RegistryState } from '../../registry/model.ts';
import type { ClusterPorts } from './cluster-ports.ts';
import { MissingNodes, type MissingSession } from './missing-nodes.ts';

export interface LostAgentsPorts {
  readonly timing: LinkTiming;
  readonly cluster: ClusterPorts;
  readonly monotonicMs: () => number;
  sessions(): RegistryState['sessions'];
  isConnected(node: string): boolean;
  /** Their time is over. */
  onLost(session: MissingSession): void;
  /** These controllers came or went: what is known of the agents of these nodes counts, or no more. */
  onControllersChanged(nodes: readonly string[]): void;
}

export class LostAgents {
  readonly #ports: LostAgentsPorts;
  /** Of this controller. */
  readonly #own = new MissingNodes();
  /** Of controllers that are gone. */
  readonly #orphans = new MissingNodes();
  #live: ReadonlySet<string>;
  #sweptAtMs: number;

  /** Agents that were here before this process began get the time to find it, or another one. */
  constructor(ports: LostAgentsPorts) {
    this.#ports = ports;
    this.#live = new Set(ports.cluster.liveControllers());
    this.#sweptAtMs = ports.monotonicMs();
    for (const session of ports.sessions().values()) {
      if (session.state !== 'alive' || session.controller !== ports.cluster.controller) continue;
      this.#own.add(session, this.#sweptAtMs + this.#comeBackMs);
    }
  }

  /** Silent for `silentMs` already. */
  disconnected(session: MissingSession, silentMs: number): void {
    const { monotonicMs, timing } = this.#ports;
    this.#own.add(session, monotonicMs() + timing.deadAfterMs - silentMs);
  }

  found(node: string): void {
    this.#own.found(node);
    this.#orphans.found(node);
  }

  /** Its loss could not be written: the next sweep tries again, unless the agent is back. */
  again(session: MissingSession): void {
    const { isConnected, monotonicMs, sessions, cluster } = this.#ports;
    const isOwn = sessions().get(session.node)?.controller === cluster.controller;
    if (isOwn && !isConnected(session.node)) this.#own.add(session, monotonicMs());
  }

  /** Call it about every heartbeat. */
  sweep(): void {
    const nowMs = this.#ports.monotonicMs();
    const { deadAfterMs } = this.#ports.timing;
    const wePaused = nowMs - this.#sweptAtMs > deadAfterMs / 2;
    this.#sweptAtMs = nowMs;
    if (wePaused) {
      this.#own.extend(nowMs + deadAfterMs);
      this.#orphans.extend(nowMs + this.#comeBackMs);
    }
    this.#compareControllers();
    this.#lookForOrphans(nowMs);
    // Those that are at another controller by now are no business of this one.
    this.#own.keepOnly((session) => isCurrent(this.#ports.sessions(), session));
    for (const missing of [this.#own, this.#orphans]) {
      for (const session of missing.takeLost(nowMs)) this.#ports.onLost(session);
    }
  }

  /** As long as an agent may take to notice, and to wait between two attempts. */
  get #comeBackMs(): number {
    const { deadAfterMs, retryMaxMs } = this.#ports.timing;
    return deadAfterMs + retryMaxMs;
  }

  #lookForOrphans(nowMs: number): void {
    const { sessions, cluster } = this.#ports;
    const isLeader = cluster.isLeader();
    const isOrphan = (session: MissingSession) => {
      const known = sessions().get(session.node);
      return isLeader && known !== undefined && this.#isOrphan(known);
    };
    this.#orphans.keepOnly((session) => isCurrent(sessions(), session) && isOrphan(session));
    if (!isLeader) return;
    for (const session of sessions().values()) {
      if (session.state !== 'alive' || !this.#isOrphan(session)) continue;
      if (!this.#orphans.has(session)) this.#orphans.add(session, nowMs + this.#comeBackMs);
    }
  }

  #isOrphan({ controller = '' }: NodeSession): boolean {
    return controller !== this.#ports.cluster.controller && !this.#live.has(controller);
  }

  #compareControllers(): void {
    const { cluster, sessions, onControllersChanged } = this.#ports;
    const live = new Set(cluster.liveControllers());
    const changed = new Set(
      [...live, ...this.#live].filter((name) => live.has(name) !== this.#live.has(name)),
    );
    this.#live = live;
    if (changed.size === 0) return;
    const touched = [...sessions().values()].filter(({ controller = '' }) =>
      changed.has(controller),
    );
    onControllersChanged(touched.map(({ node }) => node));
  }
}

function isCurrent(sessions: RegistryState['sessions'], session: MissingSession): boolean {
  const known = sessions.get(session.node);
  return known?.sessionId === session.sessionId && known.opened === session.opened;
}
