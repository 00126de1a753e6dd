/** All agents that are connected to this controller: lets them in, feeds them, notices their loss. */

import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { defaultLinkTiming, type LinkTiming } from '../../link/connection/timing.ts';
import type { AgentMessage } from '../../link/messages/messages.ts';
import type { RegistryCommand } from '../../registry/commands.ts';
import { nodeOfInstance } from '../../registry/instance-id.ts';
import type { NodeSession } from '../../registry/model.ts';
import type { RegistryResult } from '../../registry/result.ts';
import { recordTargetChanges } from '../../registry/target-delta.ts';
import type { Applied } from '../../replica/core/replica.ts';
import { refuseHello, refuseNode } from './admission.ts';
import type { CommandOutcome, CommandRequest } from './agent-commands.ts';
import { AgentConnection } from './agent-connection.ts';
import { makeWelcome } from './make-welcome.ts';
import { tokenNews } from './token-news.ts';
import { alone, type ClusterPorts } from './cluster-ports.ts';
import { AgentSession, type AgentSessionPorts } from './agent-session.ts';
import type { LogsOptions, LogsPiece } from './log-streams.ts';
import { LostAgents } from './lost-agents.ts';
import type { MissingSession } from './missing-nodes.ts';
import type { LinkPorts } from './link-ports.ts';
import { makeSessionPorts } from './session-ports.ts';
import { ObjectFanout } from './object-fanout.ts';
import {
  doubtOwnSessions,
  heldRevision,
  isHeardElsewhere,
  openCommand,
} from './registry-sessions.ts';

export class AgentLinks {
  readonly #ports: LinkPorts;
  readonly #timing: LinkTiming;
  readonly #nowMs: () => number;
  readonly #monotonicMs: () => number;
  readonly #sessions = new Map<string, AgentSession>();
  readonly #sockets = new Set<AgentConnection>();
  readonly #cluster: ClusterPorts;
  readonly #lost: LostAgents;
  readonly #applied = new Map<string, number>();
  /** Of agents that are not connected now. */
  readonly #heardAt = new Map<string, number>();
  readonly #reportedListeners = new Set<(node: string) => void>();
  readonly #objectsListeners = new Set<(node: string) => void>();
  readonly #objects: ObjectFanout;
  readonly #toFlush = new Set<string>();
  readonly #hasTokenNews = tokenNews();
  readonly #sessionPorts: AgentSessionPorts;
  readonly #unsubscribe: () => void;
  readonly #timer: NodeJS.Timeout;
  #sequence: number;
  #isClosed = false;

  constructor(ports: LinkPorts) {
    this.#ports = ports;
    this.#timing = { ...defaultLinkTiming, ...ports.timing };
    this.#nowMs = ports.nowMs ?? Date.now;
    this.#monotonicMs = ports.monotonicMs ?? (() => performance.now());
    this.#sequence = ports.replica.sequence;
    this.#cluster = ports.cluster ?? alone;
    this.#objects = this.#makeFanout();
    this.#sessionPorts = this.#makeSessionPorts();
    this.#lost = this.#watchForLoss();
    void doubtOwnSessions(ports.replica, this.#cluster.controller, this.#nowMs()).catch(
      // Agents that come back open their session anew; the others are lost after a while.
      (error: unknown) => ports.log.error({ err: error }, 'earlier sessions were not put in doubt'),
    );
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

  /** When `appliedObjectsRevision` may have grown. Returns the unsubscriber. */
  onObjectsApplied(listener: (node: string) => void): () => void {
    this.#objectsListeners.add(listener);
    return () => this.#objectsListeners.delete(listener);
  }

  /**
   * The agent is connected, here or to another controller that is there, and everything on the node
   * was reported since it connected.
   */
  hasReported(node: string): boolean {
    const record = this.#record(node);
    if (record?.state !== 'alive' || !record.reported) return false;
    if (record.controller === this.#cluster.controller) {
      return this.#sessions.get(node)?.hasReported ?? false;
    }
    return isHeardElsewhere(record, this.#cluster);
  }

  /** Called when `hasReported` may have changed without a command. Returns the unsubscriber. */
  onReported(listener: (node: string) => void): () => void {
    this.#reportedListeners.add(listener);
    return () => this.#reportedListeners.delete(listener);
  }

  /**
   * When the node's agent was last heard, in ms since 1970; `undefined` if not by this process. For
   * an agent of another controller that one vouches: it says within seconds when it hears no more.
   */
  heardAt(node: string): number | undefined {
    const session = this.#sessions.get(node);
    if (session === undefined) {
      return isHeardElsewhere(this.#record(node), this.#cluster)
        ? this.#nowMs()
        : this.#heardAt.get(node);
    }
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
    const helloTimer = setTimeout(
      () => session ?? connection.closeForNow('no hello came'),
      this.#timing.deadAfterMs,
    );
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

  #record(node: string): NodeSession | undefined {
    return this.#ports.replica.state.sessions.get(node);
  }

  #sessionOf(instance: string): AgentSession {
    const { targets, observed } = this.#ports.replica.state;
    if (!targets.has(instance) && !observed.has(instance)) {
      throw new TarsierError('INSTANCE_NOT_FOUND', `There is no instance ${instance}.`);
    }
    const node = nodeOfInstance(instance);
    const session = this.#sessions.get(node);
    if (session === undefined || !session.connection.isOpen) {
      const record = this.#record(node);
      const where = isHeardElsewhere(record, this.#cluster)
        ? ` here, but to controller ${record?.controller}`
        : '';
      throw new TarsierError(
        'AGENT_OFFLINE',
        `The agent of node ${node} is not connected${where}.`,
      );
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
    return makeSessionPorts({
      ...this.#ports,
      objects: this.#objects,
      sequence: () => this.#sequence,
      nowMs: this.#nowMs,
      onObjectsApplied: ({ node }) => {
        for (const listener of this.#objectsListeners) listener(node);
      },
      onReported: ({ node }) => this.#tellReported([node]),
      onApplied: ({ node }, revision) => this.#applied.set(node, revision),
    });
  }

  #tellReported(nodes: readonly string[]): void {
    for (const node of nodes) for (const listener of this.#reportedListeners) listener(node);
  }

  #watchForLoss(): LostAgents {
    return new LostAgents({
      timing: this.#timing,
      cluster: this.#cluster,
      monotonicMs: this.#monotonicMs,
      sessions: () => this.#ports.replica.state.sessions,
      isConnected: (node) => this.#sessions.has(node),
      onLost: (session) => void this.#lose(session),
      onControllersChanged: (nodes) => this.#tellReported(nodes),
    });
  }

  #onHello(connection: AgentConnection, hello: AgentMessage): AgentSession | undefined {
    if (hello.type !== 'hello') {
      connection.refuse('LINK_MESSAGE_INVALID', `The agent sent ${hello.type} before hello.`);
      return undefined;
    }
    const other = this.#sessions.get(hello.node);
    const { state } = this.#ports.replica;
    const rival = other !== undefined && this.#isAlive(other) ? other : undefined;
    const { controller } = this.#cluster;
    const refusal = refuseHello(hello, { state, controller }, rival);
    if (refusal !== undefined) {
      connection.refuse(refusal.code, refusal.message);
      return undefined;
    }
    const session = new AgentSession(hello, connection, this.#sessionPorts);
    // The place is taken before anything is awaited, so that two helloes cannot both win it.
    this.#sessions.set(hello.node, session);
    this.#lost.found(hello.node);
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
    const { hostname, agentVersion } = hello;
    try {
      const { replica } = this.#ports;
      const command = openCommand(hello, this.#cluster.controller, this.#nowMs());
      const { result, sequence } = await replica.propose(command);
      if (!result.accepted) return connection.refuse(result.code, result.message);
      session.opened = sequence;
    } catch (error) {
      this.#ports.log.error({ node, err: error }, 'agent was not let in');
      return connection.closeForNow('the registry cannot be written');
    }
    // It went away before its session was there.
    if (!this.#sessions.has(node)) this.#expectBack(session);
    if (this.#sessions.get(node) !== session || this.#dropIfMoved(session)) return undefined;
    this.#ports.log.info({ node, hostname, agentVersion }, 'agent connected');
    const { registryId } = this.#ports.replica.state;
    const known = { registryId, sequence: this.#sequence, acknowledged: this.#applied.get(node) };
    const about = { heartbeatMs: this.#timing.heartbeatMs, controllers: this.#cluster.urls() };
    const welcome = makeWelcome(this.#ports.replica.state, node, about);
    return session.welcome(welcome, heldRevision(hello, known));
  }

  /** The agent is at another controller by now, or the registry gave it up: this connection ends. */
  #dropIfMoved(session: AgentSession): boolean {
    const { node, connection, opened } = session;
    const record = this.#record(node);
    // While it opens, and when the node is forgotten, others decide.
    if (opened === undefined || record === undefined) return false;
    if (record.opened === opened && record.state === 'alive') return false;
    this.#ports.log.info({ node, controller: record.controller }, 'agent went on elsewhere');
    if (record.opened === opened) connection.closeForRestart();
    else connection.terminate();
    return true;
  }

  #onSessionEnd(session: AgentSession): void {
    session.end();
    const { node, connection, hello } = session;
    if (this.#sessions.get(node) !== session) return;
    this.#heardAt.set(node, Math.round(this.#nowMs() - connection.silentMs));
    this.#sessions.delete(node);
    if (this.#isClosed) return;
    this.#expectBack(session);
    this.#ports.log.info({ node, hostname: hello.hostname }, 'agent disconnected');
  }

  /** An agent that moved to another controller is no business of this one. */
  #expectBack({ node, connection }: AgentSession): void {
    const record = this.#record(node);
    if (record?.state !== 'alive' || record.controller !== this.#cluster.controller) return;
    this.#lost.disconnected(record, connection.silentMs);
  }

  #onApplied({ sequence, command, result }: Applied<RegistryCommand, RegistryResult>): void {
    this.#sequence = sequence;
    if (!result.accepted) return;
    const { targets, strays, nodes, services } = result.changes;
    this.#objects.touched(services);
    if (command.type === 'apply-commit') this.#objects.topologyTouched();
    if (this.#hasTokenNews(this.#ports.replica.state)) this.#flushEveryone();
    const told = [...targets, ...strays];
    recordTargetChanges(this.#sessionPorts.history, sequence, told);
    for (const { node } of told) this.#flushSoon(node);
    for (const node of nodes) {
      const session = this.#sessions.get(node);
      if (session === undefined) continue;
      if (this.#dropIfMoved(session)) continue;
      const refusal = refuseNode(node, this.#ports.replica.state);
      if (refusal === undefined) this.#flushSoon(node);
      else session.connection.refuse(refusal.code, refusal.message);
    }
  }

  #flushEveryone(): void {
    for (const node of this.#sessions.keys()) this.#flushSoon(node);
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
    const isCutOff = this.#cluster.isCutOff();
    for (const connection of this.#sockets) {
      if (connection.checkLife() === 'dead') connection.terminate();
      // What it tells its agents grows old; another controller may know more.
      else if (isCutOff) connection.closeForNow('the controller is cut off from the others');
    }
    this.#lost.sweep();
  }

  async #lose(session: MissingSession): Promise<void> {
    this.#ports.log.warn({ ...session }, 'agent lost');
    try {
      const at = this.#nowMs();
      await this.#ports.replica.propose({ type: 'lose-session', at, ...session });
    } catch (error) {
      this.#ports.log.error({ ...session, err: error }, 'loss of agent was not written');
      this.#lost.again(session);
    }
  }
}
