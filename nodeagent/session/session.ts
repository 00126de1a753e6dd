/** The agent's end of the link: targets in and onto the disk, reports and output out. */

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import {
  connectToController,
  type ControllerConnection,
  type TaskMessage,
} from '../../link/connection/connect.ts';
import type { ControllerRing } from '../../link/connection/controller-ring.ts';
import { usableControllers } from '../../link/connection/learned-controllers.ts';
import type { Targets, Welcome } from '../../link/messages/messages.ts';
import type { InstanceObserved } from '../../registry/model.ts';
import type { TargetSet } from '../state/targets-file.ts';
import { applyTargets } from './apply-targets.ts';
import { HeldQueue, type Holdings } from './held-queue.ts';
import type { LinkPart, LinkSend } from './link-part.ts';
import { LogStreams } from './log-streams.ts';
import { ReportQueue } from './report-queue.ts';

export interface SessionOptions {
  readonly node: string;
  readonly controllers: ControllerRing;
  readonly token: string;
  readonly ca?: string;
  readonly agentVersion: string;
  readonly bootId: string;
  readonly logger: Logger;
  /** What is on the disk; undefined when nothing valid is. */
  readonly targets: TargetSet | undefined;
  /** Writes the set to the disk and acts on it; acknowledged when it returns. */
  onTargets(set: TargetSet): void;
  onWelcome(welcome: Welcome): void;
  observed(): readonly InstanceObserved[];
  outputFolderOf(instance: string): string | undefined;
  /** Absent: a controller that lost everything is told only what runs. */
  readonly holdings?: Holdings;
  /** What else speaks over the link. */
  readonly parts: readonly LinkPart[];
}

/** Changes of a moment go into one report. */
const COALESCE_MS = 20;
/** A message that the disk refused is asked for again after this long. */
const RECONNECT_AFTER_FAULT_MS = 2000;

export class Session {
  readonly #options: SessionOptions;
  readonly #sessionId = randomUUID();
  readonly #reports = new ReportQueue();
  readonly #held = new HeldQueue();
  readonly #streams: LogStreams;
  #targets: TargetSet | undefined;
  /** Of the connection as it stands. */
  #registryId: string | undefined;
  #connection: ControllerConnection | undefined;
  #reportTimer: NodeJS.Timeout | undefined;
  #reconnectTimer: NodeJS.Timeout | undefined;
  #isClosed = false;
  /** Of the last attempt; undefined before the first one. */
  #wasOpen: boolean | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#targets = options.targets;
    this.#streams = new LogStreams({
      folderOf: (instance) => options.outputFolderOf(instance),
      send: (chunk) => this.#connection?.send(chunk) ?? false,
    });
  }

  get isConnected(): boolean {
    return this.#connection?.isOpen ?? false;
  }

  start(): void {
    const { controllers, token, ca, logger } = this.#options;
    this.#connection = connectToController({
      controllers,
      token,
      ...(ca === undefined ? {} : { ca }),
      hello: () => ({
        node: this.#options.node,
        sessionId: this.#sessionId,
        agentVersion: this.#options.agentVersion,
        bootId: this.#options.bootId,
        hostname: hostname(),
        haveRevision: this.#targets?.revision ?? 0,
        ...registryOf(this.#targets),
      }),
      onOpen: (welcome) => this.#onOpen(welcome),
      onMessage: (message) => this.#onMessage(message),
      onDrain: () => this.#onDrain(),
      onClose: (lost) => {
        this.#streams.closeAll();
        for (const part of this.#options.parts) part.onClose();
        // A controller that is away for long is no news with every attempt.
        const isNews = this.#wasOpen !== false || lost.refusal !== undefined;
        logger[isNews ? 'warn' : 'debug']({ ...lost }, 'no connection to the controller');
        this.#wasOpen = false;
      },
    });
  }

  /** For the parts. */
  readonly send: LinkSend = (message) => this.#connection?.send(message) ?? false;

  changed(observed: InstanceObserved): void {
    this.#reports.changed(observed);
    this.#reportSoon();
  }

  gone(instance: string): void {
    this.#reports.gone(instance);
    this.#reportSoon();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#reportTimer);
    clearTimeout(this.#reconnectTimer);
    this.#flush();
    this.#streams.closeAll();
    await this.#connection?.close();
  }

  #onOpen(welcome: Welcome): void {
    const { controllers, logger } = this.#options;
    logger.info({ controller: controllers.current }, 'connected');
    this.#wasOpen = true;
    this.#registryId = welcome.registryId;
    if (welcome.controllers !== undefined) {
      controllers.learn(usableControllers(welcome.controllers, controllers.current));
    }
    this.#options.onWelcome(welcome);
    this.#options.holdings?.entered(welcome.registryId);
    this.#options.holdings?.told(welcome.token);
    this.#reports.reset();
    this.#held.reset();
    if (welcome.tellHeld === true) void this.#tellHeld();
    else this.#flush();
    for (const part of this.#options.parts) part.onOpen();
  }

  /** Before the first report: whoever asks counts the node as known from that one on. */
  async #tellHeld(): Promise<void> {
    const { holdings, logger } = this.#options;
    const targets = this.#targets?.targets ?? [];
    if (holdings !== undefined) {
      logger.warn(
        { targets: targets.length },
        'the registry was made anew: it is told what is held',
      );
      await this.#held.prepare(targets, holdings);
    }
    this.#flush();
  }

  #onMessage(message: TaskMessage): void {
    switch (message.type) {
      case 'targets':
        return this.#onTargets(message);
      case 'report-ack':
        // Nothing to do: what was not acknowledged is in the full report of the next connection.
        return;
      case 'token':
        return this.#options.holdings?.told(message.token);
      case 'logs-request':
        return this.#streams.open(message);
      case 'logs-cancel':
        return this.#streams.cancel(message.requestId);
      default:
        this.#options.parts.some((part) => part.onMessage(message));
    }
  }

  #onTargets(message: Targets): void {
    const { logger, node, onTargets } = this.#options;
    const registryId = this.#registryId;
    const applied = applyTargets(this.#targets, message, { node, registryId });
    if (applied.kind === 'wrong-base') {
      logger.warn({ base: message.base, have: this.#targets?.revision }, 'targets of another base');
      this.#targets = undefined;
      return this.#reconnect(0);
    }
    try {
      onTargets(applied.set);
    } catch (error) {
      // Not acknowledged: what is not on the disk does not count, and is asked for again.
      logger.error({ err: error }, 'targets not saved');
      return this.#reconnect(RECONNECT_AFTER_FAULT_MS);
    }
    this.#targets = applied.set;
    this.#connection?.send({ type: 'targets-ack', revision: message.revision });
  }

  #reconnect(waitMs: number): void {
    const old = this.#connection;
    this.#connection = undefined;
    this.#streams.closeAll();
    for (const part of this.#options.parts) part.onClose();
    void old?.close();
    clearTimeout(this.#reconnectTimer);
    this.#reconnectTimer = setTimeout(() => {
      if (!this.#isClosed) this.start();
    }, waitMs);
  }

  #reportSoon(): void {
    if (this.#isClosed) return;
    this.#reportTimer ??= setTimeout(() => {
      this.#reportTimer = undefined;
      this.#flush();
    }, COALESCE_MS);
  }

  #flush(): void {
    if (!this.#held.flush(this.send)) return;
    const report = this.#reports.next(() => this.#options.observed());
    if (report !== undefined && this.#connection?.send(report) === true) this.#reports.sent(report);
  }

  #onDrain(): void {
    this.#flush();
    this.#streams.drained();
    for (const part of this.#options.parts) part.onDrain();
  }
}

function registryOf(targets: TargetSet | undefined) {
  return targets?.registryId === undefined ? {} : { registryId: targets.registryId };
}
