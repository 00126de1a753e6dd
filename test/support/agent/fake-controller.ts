/** The controller's side of the link, reduced to what an agent can see of it. */

import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import type {
  AgentMessage,
  ControllerMessage,
  LogsChunk,
  Targets,
} from '../../../link/messages/messages.ts';
import { decodeAgentMessage, encodeMessage } from '../../../link/messages/wire.ts';
import type { InstanceObserved, InstanceTarget } from '../../../registry/model.ts';
import { eventually } from './eventually.ts';
import { testFacts } from './targets.ts';

export class FakeController {
  readonly messages: AgentMessage[] = [];
  /** Newest report of each instance. */
  readonly known = new Map<string, InstanceObserved>();
  #server: WebSocketServer;
  #socket: WebSocket | undefined;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#socket = socket;
      socket.on('message', (data: Buffer) => this.#receive(data));
    });
  }

  static async start(): Promise<FakeController> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/link' });
    await eventually(() => server.address() !== null);
    const controller = new FakeController(server);
    onTestFinished(() => controller.stop());
    return controller;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.cut();
    this.#server.close();
  }

  /** As when the network fails. */
  cut(): void {
    for (const client of this.#server.clients) client.terminate();
  }

  send(message: ControllerMessage): void {
    this.#socket?.send(encodeMessage(message));
  }

  sendTargets(
    revision: number,
    upsert: readonly InstanceTarget[],
    more: Partial<Targets> = {},
  ): void {
    this.send({ type: 'targets', revision, nodeFacts: testFacts, upsert, remove: [], ...more });
  }

  of<Type extends AgentMessage['type']>(type: Type): (AgentMessage & { type: Type })[] {
    return this.messages.filter((message) => message.type === type) as (AgentMessage & {
      type: Type;
    })[];
  }

  async waitFor<Type extends AgentMessage['type']>(
    type: Type,
    check: (message: AgentMessage & { type: Type }) => boolean = () => true,
  ): Promise<AgentMessage & { type: Type }> {
    return eventually(
      () => this.of(type).find((message) => check(message)),
      () => `no such ${type} among ${JSON.stringify(this.of(type)).slice(0, 2000)}`,
    );
  }

  /** All lines that came for a log request so far. */
  lines(requestId: string): string[] {
    return this.#chunks(requestId).flatMap(({ lines }) => [...lines]);
  }

  end(requestId: string): LogsChunk['end'] {
    return this.#chunks(requestId).at(-1)?.end;
  }

  #chunks(requestId: string): LogsChunk[] {
    return this.of('logs-chunk').filter((chunk) => chunk.requestId === requestId);
  }

  #receive(data: Buffer): void {
    const decoded = decodeAgentMessage(data);
    if (!decoded.ok) throw new Error(decoded.fault);
    const { message } = decoded;
    if (message.type === 'heartbeat') return;
    this.messages.push(message);
    if (message.type === 'hello') {
      this.send({ type: 'welcome', heartbeatMs: 1000, packagesPath: '/packages' });
    }
    if (message.type !== 'report') return;
    if (message.full) this.known.clear();
    for (const observed of message.instances) this.known.set(observed.instance, observed);
    for (const instance of message.gone) this.known.delete(instance);
    this.send({ type: 'report-ack', number: message.number });
  }
}
