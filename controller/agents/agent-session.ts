/** One agent that was let in: sends its targets, takes its reports, tracks what it has applied. */

import { TarsierError } from '../../errors/tarsier-error.ts';
import type {
  AgentMessage,
  Collected,
  Held,
  Hello,
  LockRequest,
  NodeFacts,
  Report,
  Welcome,
} from '../../link/messages/messages.ts';
import { nodeOfInstance } from '../../registry/instance-id.ts';
import type { RegistryState } from '../../registry/model.ts';
import { highestToken, isUnheard } from '../../registry/rebuild.ts';
import type { RegistryRefused, RegistryResult } from '../../registry/result.ts';
import { fullTargets, targetDelta, type TargetHistory } from '../../registry/target-delta.ts';
import type { DesiredNode } from '../../spec/desired-state.ts';
import { AgentCommands } from './agent-commands.ts';
import type { AgentConnection } from './agent-connection.ts';
import { encodeTargets } from './encode-targets.ts';
import type { LockReply } from './lock-requests.ts';
import { LogStreams } from './log-streams.ts';
import type { ObjectFanout } from './object-fanout.ts';
import type { ObjectSubscriber } from './object-subscriber.ts';
import { ReportQueue } from './report-queue.ts';
import { knowsTokens, lockResultFor, welcomeFor } from './told-by-version.ts';

export interface AgentSessionPorts {
  state(): RegistryState;
  /** The sequence up to which `history` is recorded. */
  sequence(): number;
  readonly history: TargetHistory;
  readonly objects: ObjectFanout;
  /** Number up to which the entries of the stream are kept; `undefined`: none can be kept now. */
  collect(session: AgentSession, batch: Collected): number | undefined;
  takeLock(session: AgentSession, request: LockRequest): Promise<LockReply>;
  /** What the agent holds from before a rebuild. Rejects when it cannot be written. */
  takeHeld(session: AgentSession, held: Held): Promise<RegistryRefused | undefined>;
  onObjectsApplied(session: AgentSession): void;
  write(session: AgentSession, report: Omit<Report, 'type'>): Promise<RegistryResult>;
  /** The first report since the agent connected is durable: everything of the node is known. */
  onReported(session: AgentSession): void;
  onApplied(session: AgentSession, revision: number): void;
  onTargetsTooLarge(session: AgentSession, instances: readonly string[]): void;
  onWriteFailed(session: AgentSession, error: unknown): void;
}

/** Of one agent at a time: one for each of its services is plenty. */
const locksAskedMax = 1_000;
/** Messages of one connection that tell what the agent holds. */
const heldMax = 1_000;

export class AgentSession {
  readonly hello: Hello;
  readonly connection: AgentConnection;
  readonly logs: LogStreams;
  readonly commands: AgentCommands;
  readonly objects: ObjectSubscriber;
  /** Of the session in the registry, once it is open; what is written for this connection carries it. */
  opened: number | undefined;
  readonly #ports: AgentSessionPorts;
  readonly #reports: ReportQueue;
  #isWelcomed = false;
  /** Revision that the agent has or gets by what was sent. */
  #sentRevision: number | undefined;
  #sentNode: DesiredNode | undefined;
  #lastReport = 0;
  #ackDue = 0;
  #hasReported = false;
  /** Of collected entries; by stream. */
  readonly #collectedDue = new Map<string, number>();
  #locksAsked = 0;
  #toldToken: number | undefined;
  /** How many more messages may tell what the agent holds; none unless it was asked. */
  #heldLeft = 0;
  #holding: Promise<void> = Promise.resolve();

  constructor(hello: Hello, connection: AgentConnection, ports: AgentSessionPorts) {
    this.hello = hello;
    this.connection = connection;
    this.#ports = ports;
    this.logs = new LogStreams((message) => connection.send(message));
    this.commands = new AgentCommands((message) => connection.send(message));
    this.objects = ports.objects.subscribe(connection);
    this.#reports = new ReportQueue({
      write: async (report) => {
        // From the first report on, the node counts as known.
        await this.#holding;
        return ports.write(this, report);
      },
      onWritten: (number) => this.#onReportWritten(number),
      onRefused: ({ code, message }) => connection.refuse(code, message),
      onFailed: (error) => ports.onWriteFailed(this, error),
      pauseReading: () => connection.pauseReading(),
      resumeReading: () => connection.resumeReading(),
    });
  }

  get node(): string {
    return this.hello.node;
  }

  /** Everything of the node was reported on this connection, and it stands. */
  get hasReported(): boolean {
    return this.#hasReported && this.connection.isOpen;
  }

  /** `base`: the revision that the agent holds for sure; `undefined` sends everything. */
  welcome(welcome: Omit<Welcome, 'type'>, base: number | undefined): void {
    const told = welcomeFor(this.hello.protocolVersion, welcome);
    this.connection.send(told);
    if (told.tellHeld === true) this.#heldLeft = heldMax;
    this.#toldToken = told.token;
    this.#isWelcomed = true;
    this.#sentRevision = base;
    this.flush();
  }

  /** The connection is gone. */
  end(): void {
    this.#isWelcomed = false;
    this.#reports.stop();
    this.objects.close();
    const gone = new TarsierError('AGENT_OFFLINE', `The agent of node ${this.node} went away.`);
    this.logs.fail(gone);
    this.commands.fail(gone);
  }

  handle(message: AgentMessage): void {
    if (!this.#isWelcomed) return this.#refuseMessage(`${message.type} before welcome`);
    switch (message.type) {
      case 'hello':
        return this.#refuseMessage('a second hello');
      case 'heartbeat':
        return undefined;
      case 'report':
        return this.#onReport(message);
      case 'targets-ack':
        // A revision that was never sent would end a drain that is not over.
        if (message.revision > (this.#sentRevision ?? 0)) {
          return this.#refuseMessage(`an acknowledgement of revision ${message.revision}`);
        }
        return this.#ports.onApplied(this, message.revision);
      case 'logs-chunk':
        return this.logs.onChunk(message);
      case 'command-result':
        return this.commands.onResult(message);
      case 'interest':
        return this.#refuseIf(this.objects.onInterest(message));
      case 'objects-ack':
        this.#refuseIf(this.objects.onAck(message.revision));
        return this.#ports.onObjectsApplied(this);
      case 'collected':
        return this.#onCollected(message);
      case 'lock-request':
        return void this.#onLockRequest(message);
      case 'held':
        return this.#onHeld(message);
    }
  }

  /** Sends what the agent does not have yet, if there is room; else it is called again later. */
  flush(): void {
    if (!this.#isWelcomed || !this.connection.isOpen || !this.connection.hasRoom()) return;
    if (this.#ackDue > 0) this.connection.send({ type: 'report-ack', number: this.#ackDue });
    this.#ackDue = 0;
    for (const [stream, upTo] of this.#collectedDue) {
      this.connection.send({ type: 'collected-ack', stream, upTo });
    }
    this.#collectedDue.clear();
    this.#sendToken();
    this.#sendTargets();
    this.objects.flush();
  }

  #sendToken(): void {
    const token = highestToken(this.#ports.state());
    if (token === this.#toldToken || !knowsTokens(this.hello.protocolVersion)) return;
    this.connection.send({ type: 'token', token });
    this.#toldToken = token;
  }

  #sendTargets(): void {
    const { history } = this.#ports;
    const state = this.#ports.state();
    // What is not known to be there would be taken away.
    if (isUnheard(state, this.node)) return;
    const base = this.#sentRevision;
    const delta =
      base === undefined
        ? fullTargets(state, this.node)
        : targetDelta(state, history, this.node, base);
    const node = state.nodes.get(this.node);
    const isUnchanged = delta.upsert.length === 0 && delta.remove.length === 0;
    if (delta.base !== undefined && isUnchanged && node === this.#sentNode) return;
    const revision = this.#ports.sequence();
    const nodeFacts = node === undefined ? undefined : factsOf(node);
    const { frames, tooLarge } = encodeTargets({
      type: 'targets',
      revision,
      ...(nodeFacts === undefined ? {} : { nodeFacts }),
      ...delta,
    });
    for (const frame of frames) this.connection.sendEncoded(frame);
    this.#sentRevision = revision;
    this.#sentNode = node;
    if (tooLarge.length > 0) this.#ports.onTargetsTooLarge(this, tooLarge);
  }

  #onReport(report: Report): void {
    if (report.number <= this.#lastReport) {
      return this.#refuseMessage(`report ${report.number} after ${this.#lastReport}`);
    }
    if (this.#lastReport === 0 && !report.full) {
      return this.#refuseMessage('a first report that is not full');
    }
    const named = [...report.instances.map(({ instance }) => instance), ...report.gone];
    const foreign = named.find((instance) => nodeOfInstance(instance) !== this.node);
    if (foreign !== undefined) {
      const text = `The agent of node ${this.node} reported ${foreign}, which is not its own. See that it has the data directory of its own node.`;
      return this.connection.refuse('REPORT_FOREIGN_INSTANCE', text);
    }
    this.#lastReport = report.number;
    this.#reports.push(report);
  }

  #onReportWritten(number: number): void {
    this.#ackDue = number;
    this.flush();
    if (this.#hasReported) return;
    this.#hasReported = true;
    this.#ports.onReported(this);
  }

  #onCollected(batch: Collected): void {
    const upTo = this.#ports.collect(this, batch);
    if (upTo === undefined) return;
    this.#collectedDue.set(batch.stream, upTo);
    this.flush();
  }

  async #onLockRequest(request: LockRequest): Promise<void> {
    this.#locksAsked += 1;
    const isTooMuch = this.#locksAsked > locksAskedMax || request.node !== this.node;
    const reply = isTooMuch ? { ret: -1 } : await this.#ports.takeLock(this, request);
    this.#locksAsked -= 1;
    const { requestId } = request;
    this.connection.send(lockResultFor(this.hello.protocolVersion, { requestId, ...reply }));
  }

  #onHeld(held: Held): void {
    if (this.#heldLeft === 0 || this.#lastReport > 0) {
      return this.#refuseMessage('what it holds, and was not asked for it');
    }
    this.#heldLeft -= 1;
    const before = this.#holding;
    this.#holding = this.#takeHeld(held, before);
  }

  async #takeHeld(held: Held, before: Promise<void>): Promise<void> {
    await before;
    try {
      const refused = await this.#ports.takeHeld(this, held);
      if (refused !== undefined) this.connection.refuse(refused.code, refused.message);
    } catch (error) {
      this.#ports.onWriteFailed(this, error);
    }
  }

  #refuseIf(what: string | undefined): void {
    if (what !== undefined) this.#refuseMessage(what);
  }

  #refuseMessage(what: string): void {
    const text = `The agent sent ${what}. Run the same version of Tarsier on agent and controller.`;
    this.connection.refuse('LINK_MESSAGE_INVALID', text);
  }
}

function factsOf({ dataCenter, addresses, portRange }: DesiredNode): NodeFacts {
  return { dataCenter, addresses, portRange };
}
