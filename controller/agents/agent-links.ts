/** All agents that are connected to this controller: lets them in, feeds them, notices their loss. */

import type { Socket } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import type { WebSocket } from 'ws';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { defaultLinkTiming, type LinkTiming } from '../../link/connection/timing.ts';
import type { AgentMessage, Collected } from '../../link/messages/messages.ts';
import { patchContentPath } from '../../link/packages/patch-api.ts';
import type { RegistryCommand } from '../../registry/commands.ts';
import { nodeOfInstance } from '../../registry/instance-id.ts';
import type { NodeSession, RegistryState } from '../../registry/model.ts';
import type { RegistryResult } from '../../registry/result.ts';
import { createTargetHistory, recordTargetChanges } from '../../registry/target-delta.ts';
import type { Applied, Replica } from '../../replica/core/replica.ts';
import { refuseHello, refuseNode } from './admission.ts';
import type { CommandOutcome, CommandRequest } from './agent-commands.ts';
import { AgentConnection } from './agent-connection.ts';
import { AgentSession, type AgentSessionPorts } from './agent-session.ts';
import type { LogsOptions, LogsPiece } from './log-streams.ts';
import { MissingNodes } from './missing-nodes.ts';
import { LockRequests } from './lock-requests.ts';
import { ObjectFanout } from './object-fanout.ts';

/** Takes what services report; see `controller/collect`. */
export interface Collector {
  /**
   * Number up to which the entries of the stream are kept, this batch included. Safe to repeat.
   * Throws when nothing can be kept now; the agent sends the batch again later.
   */
  take(node: string, batch: Collected): number;
}

export interface LinkPorts {
  readonly replica: Replica<RegistryState, RegistryCommand, RegistryResult>;
  readonly log: FastifyBaseLogger;
  /** Absent: what services report stays with their agents. */
  readonly collector?: Collector;
  readonly timing?: Partial<LinkTiming>;
  /** Milliseconds since 1970; `Date.now` by default. */
  readonly nowMs?: () => number;
  /** `performance.now` by default. */
  readonly monotonicMs?: () => number;
}

export class AgentLinks {
  readonly #ports: LinkPorts;
  readonly #timing: LinkTiming;
  readonly #nowMs: () => number;
  readonly #locks: LockRequests;
  readonly #monotonicMs: () => number;
  readonly #sessions = new Map<string, AgentSession>();
  readonly #sockets = new Set<AgentConnection>();
  readonly #missing = new MissingNodes();
  readonly #applied = new Map<string, number>();
  /** Of agents that are not connected now. */
  readonly #heardAt = new Map<string, number>();
  readonly #reportedListeners = new Set<(node: string) => void>();
  readonly #objectsListeners = new Set<(node: string) => void>();
  readonly #objects: ObjectFanout;
  readonly #toFlush = new Set<string>();
  readonly #sessionPorts: AgentSessionPorts;
  readonly #unsubscribe: () => void;
  readonly #timer: NodeJS.Timeout;
  #sequence: number;
  #sweptAtMs: number;
  #isClosed = false;

  constructor(ports: LinkPorts) {
    this.#ports = ports;
    this.#timing = { ...defaultLinkTiming, ...ports.timing };
    this.#nowMs = ports.nowMs ?? Date.now;
    this.#locks = new LockRequests({ ...ports, now: this.#nowMs });
    this.#monotonicMs = ports.monotonicMs ?? (() => performance.now());
    this.#sequence = ports.replica.sequence;
    this.#sweptAtMs = this.#monotonicMs();
    this.#objects = this.#makeFanout();
    this.#sessionPorts = this.#makeSessionPorts();
    this.#expectKnownAgents();
    this.#unsubscribe = ports.replica.subscribe((applied) => this.#onApplied(applied));
    this.#timer = setInterval(() => this.#sweep(), this.#timing.heartbeatMs);
  }

  /** Agents that are connected now. */
  get connected(): number {
    return this.#sessions.size;
  }

  /** Revision of the targets that the node's agent has on its disk, as far as this process knows. */
  appliedRevision(node: string): number | undefined {
    return this.#applied.get(node);
  }

  /**
   * The node's agent answers lookups from the registry as of this sequence, or a later one;
   * `undefined` while it is not connected, or has not applied what it asked for first.
   */
  appliedObjectsRevision(node: string): number | undefined {
    return this.#sessions.get(node)?.objects.appliedRevision;
  }

  /** Called when `appliedObjectsRevision` may have grown. Returns the unsubscriber. */
  onObjectsApplied(listener: (node: string) => void): () => void {
    this.#objectsListeners.add(listener);
    return () => this.#objectsListeners.delete(listener);
  }

  /** The agent is connected, and everything on the node was reported since it connected. */
  hasReported(node: string): boolean {
    return this.#sessions.get(node)?.hasReported ?? false;
  }

  /** Called when `hasReported` becomes true. Returns the unsubscriber. */
  onReported(listener: (node: string) => void): () => void {
    this.#reportedListeners.add(listener);
    return () => this.#reportedListeners.delete(listener);
  }

  /** When the node's agent was last heard, in ms since 1970; `undefined` if not by this process. */
  heardAt(node: string): number | undefined {
    const session = this.#sessions.get(node);
    if (session === undefined) return this.#heardAt.get(node);
    return Math.round(this.#nowMs() - session.connection.silentMs);
  }

  /**
   * Lines of an instance's output, from its agent. Throws while it is read: `INSTANCE_NOT_FOUND`,
   * `AGENT_OFFLINE`, `LOGS_BUSY`, `LOGS_FAILED`.
   */
  async *requestLogs(instance: string, options: LogsOptions): AsyncGenerator<LogsPiece> {
    yield* this.#sessionOf(instance).logs.read(instance, options);
  }

  /**
   * Hands a command to the running process of an instance. Rejects with `INSTANCE_NOT_FOUND`,
   * `AGENT_OFFLINE`, `COMMAND_BUSY` or `COMMAND_TIMEOUT`.
   */
  async sendCommand(request: CommandRequest): Promise<CommandOutcome> {
    return this.#sessionOf(request.instance).commands.run(request);
  }

  /** Takes over a socket that was authenticated. */
  accept(socket: WebSocket, tcp: Socket): void {
    let session: AgentSession | undefined;
    const connection = new AgentConnection(socket, tcp, {
      deadAfterMs: this.#timing.deadAfterMs,
      monotonicMs: this.#monotonicMs,
      onMessage: (message) => {
        if (session === undefined) session = this.#onHello(connection, message);
        else session.handle(message);
      },
      onDrain: () => session?.flush(),
      onClose: () => {
        clearTimeout(helloTimer);
        this.#sockets.delete(connection);
        if (session !== undefined) this.#onSessionEnd(session);
      },
    });
    const helloTimer = setTimeout(() => {
      if (session === undefined) connection.closeForNow('no hello came');
    }, this.#timing.deadAfterMs);
    this.#sockets.add(connection);
    if (this.#isClosed) connection.closeForRestart();
  }

  /** Sends every agent away in good order: they come back at once, to whoever is there then. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#unsubscribe();
    for (const connection of this.#sockets) connection.closeForRestart();
  }

  #sessionOf(instance: string): AgentSession {
    const { targets, observed } = this.#ports.replica.state;
    if (!targets.has(instance) && !observed.has(instance)) {
      throw new TarsierError('INSTANCE_NOT_FOUND', `There is no instance ${instance}.`);
    }
    const node = nodeOfInstance(instance);
    const session = this.#sessions.get(node);
    if (session === undefined || !session.connection.isOpen) {
      throw new TarsierError('AGENT_OFFLINE', `The agent of node ${node} is not connected.`);
    }
    return session;
  }

  #makeFanout(): ObjectFanout {
    const { replica, log } = this.#ports;
    return new ObjectFanout({
      state: () => replica.state,
      sequence: () => this.#sequence,
      onTooLarge: (name) =>
        log.error({ object: name, code: 'LINK_MESSAGE_TOO_LARGE' }, 'object left out'),
    });
  }

  #makeSessionPorts(): AgentSessionPorts {
    const { replica, log, collector } = this.#ports;
    return {
      objects: this.#objects,
      collect: ({ node }, batch) => {
        try {
          return collector?.take(node, batch);
        } catch (error) {
          // Reports are no reason to leave an agent without its targets.
          log.error({ node, err: error }, 'collected entries were not kept');
          return undefined;
        }
      },
      takeLock: ({ node }, { service, isMaster: holderIsMaster, timeoutMs }) =>
        this.#locks.ask({ service, node, holderIsMaster, timeoutMs }),
      onObjectsApplied: ({ node }) => {
        for (const listener of this.#objectsListeners) listener(node);
      },
      state: () => replica.state,
      sequence: () => this.#sequence,
      history: createTargetHistory(this.#sequence),
      write: async ({ node, hello: { sessionId } }, { full, instances, gone }) => {
        const at = this.#nowMs();
        const command = { at, node, sessionId, full, instances, gone };
        return (await replica.propose({ type: 'report-observed', ...command })).result;
      },
      onReported: ({ node }) => {
        for (const listener of this.#reportedListeners) listener(node);
      },
      onApplied: ({ node }, revision) => this.#applied.set(node, revision),
      onTargetsTooLarge: ({ node }, instances) =>
        log.error({ node, instances, code: 'LINK_MESSAGE_TOO_LARGE' }, 'targets left out'),
      onWriteFailed: ({ node, connection }, error) => {
        log.error({ node, err: error }, 'report was not written');
        connection.closeForNow('the registry cannot be written');
      },
    };
  }

  /** Agents that were there before this process began get the time to find it. */
  #expectKnownAgents(): void {
    const deadlineMs = this.#monotonicMs() + this.#timing.deadAfterMs + this.#timing.retryMaxMs;
    for (const { node, sessionId, state } of this.#ports.replica.state.sessions.values()) {
      if (state === 'alive') this.#missing.add(node, sessionId, deadlineMs);
    }
  }

  #onHello(connection: AgentConnection, hello: AgentMessage): AgentSession | undefined {
    if (hello.type !== 'hello') {
      connection.refuse('LINK_MESSAGE_INVALID', `The agent sent ${hello.type} before hello.`);
      return undefined;
    }
    const other = this.#sessions.get(hello.node);
    const { state } = this.#ports.replica;
    const rival = other !== undefined && this.#isAlive(other) ? other : undefined;
    const refusal = refuseHello(hello, state, rival);
    if (refusal !== undefined) {
      connection.refuse(refusal.code, refusal.message);
      return undefined;
    }
    const session = new AgentSession(hello, connection, this.#sessionPorts);
    // The place is taken before anything is awaited, so that two helloes cannot both win it.
    this.#sessions.set(hello.node, session);
    this.#missing.found(hello.node);
    if (other !== undefined) {
      other.end();
      other.connection.terminate();
    }
    void this.#open(session);
    return session;
  }

  #isAlive({ connection }: AgentSession): boolean {
    return connection.isOpen && connection.silentMs <= this.#timing.deadAfterMs;
  }

  async #open(session: AgentSession): Promise<void> {
    const { hello, connection, node } = session;
    const { sessionId, agentVersion, bootId, hostname, haveRevision } = hello;
    const at = this.#nowMs();
    const record: NodeSession = {
      node,
      sessionId,
      state: 'alive',
      since: at,
      agentVersion,
      bootId,
      hostname,
    };
    try {
      const { replica } = this.#ports;
      const { result } = await replica.propose({ type: 'open-session', at, session: record });
      if (!result.accepted) return connection.refuse(result.code, result.message);
    } catch (error) {
      this.#ports.log.error({ node, err: error }, 'agent was not let in');
      return connection.closeForNow('the registry cannot be written');
    }
    if (this.#sessions.get(node) !== session) return undefined;
    this.#ports.log.info({ node, hostname, agentVersion }, 'agent connected');
    // Only a revision that this process sent and saw acknowledged is surely one of this registry.
    const holds = haveRevision > 0 && this.#applied.get(node) === haveRevision;
    return session.welcome({
      heartbeatMs: this.#timing.heartbeatMs,
      packagesPath: patchContentPath,
      base: holds ? haveRevision : undefined,
    });
  }

  #onSessionEnd(session: AgentSession): void {
    session.end();
    const { node, connection, hello } = session;
    if (this.#sessions.get(node) !== session) return;
    this.#heardAt.set(node, Math.round(this.#nowMs() - connection.silentMs));
    this.#sessions.delete(node);
    if (this.#isClosed) return;
    const deadlineMs = this.#monotonicMs() + this.#timing.deadAfterMs - connection.silentMs;
    this.#missing.add(node, hello.sessionId, deadlineMs);
    this.#ports.log.info({ node, hostname: hello.hostname }, 'agent disconnected');
  }

  #onApplied({ sequence, command, result }: Applied<RegistryCommand, RegistryResult>): void {
    this.#sequence = sequence;
    if (!result.accepted) return;
    const { targets, strays, nodes, services } = result.changes;
    this.#objects.touched(services);
    if (command.type === 'apply-commit') this.#objects.topologyTouched();
    const told = [...targets, ...strays];
    recordTargetChanges(this.#sessionPorts.history, sequence, told);
    for (const { node } of told) this.#flushSoon(node);
    for (const node of nodes) {
      const session = this.#sessions.get(node);
      if (session === undefined) continue;
      const refusal = refuseNode(node, this.#ports.replica.state);
      if (refusal === undefined) this.#flushSoon(node);
      else session.connection.refuse(refusal.code, refusal.message);
    }
  }

  /** Commands that are applied together make one message. */
  #flushSoon(node: string): void {
    if (!this.#sessions.has(node)) return;
    if (this.#toFlush.size === 0) setImmediate(() => this.#flushAll());
    this.#toFlush.add(node);
  }

  #flushAll(): void {
    const nodes = [...this.#toFlush];
    this.#toFlush.clear();
    for (const node of nodes) this.#sessions.get(node)?.flush();
  }

  #sweep(): void {
    const nowMs = this.#monotonicMs();
    const wePaused = nowMs - this.#sweptAtMs > this.#timing.deadAfterMs / 2;
    this.#sweptAtMs = nowMs;
    if (wePaused) this.#missing.extend(nowMs + this.#timing.deadAfterMs);
    for (const connection of this.#sockets) {
      if (connection.checkLife() === 'dead') connection.terminate();
    }
    for (const { node, sessionId } of this.#missing.takeLost(nowMs)) {
      void this.#lose(node, sessionId);
    }
  }

  async #lose(node: string, sessionId: string): Promise<void> {
    this.#ports.log.warn({ node, sessionId }, 'agent lost');
    try {
      const at = this.#nowMs();
      await this.#ports.replica.propose({ type: 'lose-session', at, node, sessionId });
    } catch (error) {
      this.#ports.log.error({ node, err: error }, 'loss of agent was not written');
      // It is tried again with the next sweep, unless the agent is back.
      if (!this.#sessions.has(node)) this.#missing.add(node, sessionId, this.#monotonicMs());
    }
  }
}
