/** The log as one process sees it: everything goes over the network. */

import type { TarsierError } from '../../../errors/tarsier-error.ts';
import type {
  AppendRequest,
  AppendResult,
  Log,
  LogEntry,
  LogHead,
} from '../../../replica/core/log.ts';
import type { Draw } from './draw.ts';
import type { EventLoop } from './event-loop.ts';
import type { Network } from './network.ts';
import type { SimEngine } from './sim-engine.ts';
import type { SimProcess } from './sim-process.ts';

export interface MemberLogParts {
  readonly loop: EventLoop;
  readonly draw: Draw;
  readonly network: Network;
  readonly engine: SimEngine;
  readonly process: SimProcess;
  readonly machine: string;
}

/** A driver that lost its connection asks for the newest sequence when it has it again. */
const RECONNECT_CHECK_MS = 150;

export class MemberLog implements Log {
  readonly #parts: MemberLogParts;
  readonly #listeners = new Set<(sequence: number) => void>();
  readonly #unsubscribe: () => void;
  #wasCut = false;

  constructor(parts: MemberLogParts) {
    this.#parts = parts;
    this.#unsubscribe = parts.engine.subscribe((sequence) => this.#announce(sequence));
    void this.#watchConnection();
  }

  async append(request: AppendRequest): Promise<AppendResult> {
    const sent = { ...request, payload: request.payload.slice() };
    return this.#call<AppendResult>((reply) => this.#parts.engine.append(sent, reply));
  }

  async read(from: number, limit: number): Promise<readonly LogEntry[]> {
    return this.#call((reply) => this.#parts.engine.read(from, limit, reply));
  }

  async head(): Promise<LogHead> {
    return this.#call<LogHead>((reply) => this.#parts.engine.head(reply));
  }

  async trim(before: number): Promise<void> {
    await this.#call<undefined>((reply) => this.#parts.engine.trim(before, reply));
  }

  subscribe(listener: (sequence: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#unsubscribe();
  }

  #call<Value>(serve: (reply: (value: Value | TarsierError) => void) => void): Promise<Value> {
    const { network, process, machine } = this.#parts;
    return network.call(process, machine, serve);
  }

  /** Late, out of order, sometimes twice; not at all while the machine is cut off. */
  #announce(sequence: number): void {
    const { loop, draw, network, process } = this.#parts;
    if (process.isDead) return this.#unsubscribe();
    const copies = draw.chance(0.1) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      loop.after(network.delayUs(), () => {
        if (this.#isCut()) return;
        process.deliver(() => this.#tell(sequence));
      });
    }
  }

  #tell(sequence: number): void {
    for (const listener of this.#listeners) listener(sequence);
  }

  #isCut(): boolean {
    const isCut = this.#parts.network.state.cutOff.has(this.#parts.machine);
    this.#wasCut ||= isCut;
    return isCut;
  }

  async #watchConnection(): Promise<void> {
    const { process } = this.#parts;
    for (;;) {
      await process.wait(RECONNECT_CHECK_MS);
      if (this.#isCut() || !this.#wasCut) continue;
      this.#wasCut = false;
      try {
        this.#tell((await this.head()).sequence);
      } catch {
        this.#wasCut = true;
      }
    }
  }
}
