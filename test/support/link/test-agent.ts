/** An agent that holds targets and reports what it is told to, over the real connection. */

import { onTestFinished } from 'vitest';
import {
  connectToController,
  type ConnectionLost,
  type ControllerConnection,
  type TaskMessage,
} from '../../../link/connection/connect.ts';
import { ControllerRing } from '../../../link/connection/controller-ring.ts';
import type { LinkTiming } from '../../../link/connection/timing.ts';
import type { Hello, NodeFacts, Targets, Welcome } from '../../../link/messages/messages.ts';
import type { InstanceObserved, InstanceTarget } from '../../../registry/model.ts';
import { eventually } from '../agent/eventually.ts';
import { fastTiming } from './link-lab.ts';

export interface TestAgentOptions {
  /** Of the controllers, separated by commas. */
  readonly url: string;
  readonly token: string;
  readonly node?: string;
  readonly sessionId?: string;
  readonly timing?: Partial<LinkTiming>;
  readonly ca?: string;
  /** Acknowledgements are swallowed, as if they were lost on the way. */
  readonly loseAcks?: boolean;
  /** What is on its disk when it begins. */
  readonly holds?: Pick<TestAgent, 'revision' | 'registryId' | 'targets'>;
}

export class TestAgent {
  readonly node: string;
  readonly connection: ControllerConnection;
  readonly targets = new Map<string, InstanceTarget>();
  readonly targetMessages: Targets[] = [];
  readonly others: TaskMessage[] = [];
  readonly welcomes: Welcome[] = [];
  readonly lost: ConnectionLost[] = [];
  readonly observed = new Map<string, InstanceObserved>();
  revision = 0;
  /** Of the registry that the revision is of. */
  registryId: string | undefined;
  nodeFacts: NodeFacts | undefined;
  ackedReport = 0;
  drains = 0;
  onTask: (message: TaskMessage) => void = () => {};
  readonly #options: TestAgentOptions;
  #reports = 0;

  constructor(options: TestAgentOptions) {
    this.#options = options;
    this.node = options.node ?? 'n1';
    const { revision = 0, registryId, targets = [] } = options.holds ?? {};
    this.revision = revision;
    this.registryId = registryId;
    for (const [instance, target] of targets) this.targets.set(instance, target);
    this.connection = connectToController({
      controllers: new ControllerRing({ named: options.url.split(',') }),
      token: options.token,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      timing: { ...fastTiming, ...options.timing },
      hello: () => this.hello(),
      onOpen: (welcome) => {
        this.welcomes.push(welcome);
        this.#reports = 0;
        this.ackedReport = 0;
        this.report({ full: true, instances: [...this.observed.values()] });
      },
      onMessage: (message) => this.#onMessage(message),
      onClose: (lost) => this.lost.push(lost),
      onDrain: () => (this.drains += 1),
    });
    onTestFinished(() => this.connection.close());
  }

  hello(): Omit<Hello, 'type' | 'protocolVersion'> {
    return {
      node: this.node,
      sessionId: this.#options.sessionId ?? 's1',
      agentVersion: '0.1.0',
      bootId: 'b1',
      hostname: `host-of-${this.#options.sessionId ?? 's1'}`,
      haveRevision: this.revision,
      ...(this.registryId === undefined ? {} : { registryId: this.registryId }),
    };
  }

  report(parts: { full?: boolean; instances?: readonly InstanceObserved[]; gone?: string[] }) {
    this.#reports += 1;
    const { full = false, instances = [], gone = [] } = parts;
    for (const seen of instances) this.observed.set(seen.instance, seen);
    for (const instance of gone) this.observed.delete(instance);
    return this.connection.send({ type: 'report', number: this.#reports, full, instances, gone });
  }

  get reports(): number {
    return this.#reports;
  }

  async opened(times = 1): Promise<void> {
    await eventually(
      () => this.welcomes.length >= times && this.connection.isOpen,
      () => `${this.welcomes.length} welcomes; lost: ${JSON.stringify(this.lost)}`,
    );
  }

  async has(revision: number): Promise<void> {
    await eventually(
      () => this.revision >= revision,
      () => `at revision ${this.revision}, not ${revision}; ${JSON.stringify(this.lost)}`,
    );
  }

  #onMessage(message: TaskMessage): void {
    if (message.type === 'report-ack') this.ackedReport = message.number;
    else if (message.type === 'targets') this.#onTargets(message);
    else this.others.push(message);
    this.onTask(message);
  }

  #onTargets(message: Targets): void {
    this.targetMessages.push(message);
    if (message.base === undefined) this.targets.clear();
    else if (message.base !== this.revision) throw new Error('delta on the wrong base');
    for (const target of message.upsert) this.targets.set(target.instance, target);
    for (const instance of message.remove) this.targets.delete(instance);
    this.revision = message.revision;
    this.registryId = this.welcomes.at(-1)?.registryId;
    this.nodeFacts = message.nodeFacts ?? this.nodeFacts;
    if (this.#options.loseAcks === true) return;
    this.connection.send({ type: 'targets-ack', revision: message.revision });
  }
}
