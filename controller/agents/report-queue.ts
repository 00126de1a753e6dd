/** Writes an agent's reports to the registry, several at once when they come fast. */

import type { Report } from '../../link/messages/messages.ts';
import type { RegistryResult } from '../../registry/result.ts';
import { mergeReports } from './merge-reports.ts';

export interface ReportQueuePorts {
  /** Resolves when it is durable. Rejects when the log cannot take it now. */
  write(report: Omit<Report, 'type'>): Promise<RegistryResult>;
  /** All reports up to this one are durable. */
  onWritten(number: number): void;
  onRefused(refused: Extract<RegistryResult, { accepted: false }>): void;
  onFailed(error: unknown): void;
  pauseReading(): void;
  resumeReading(): void;
}

const waitingMax = 32;

export class ReportQueue {
  readonly #ports: ReportQueuePorts;
  #waiting: Report[] = [];
  #isWriting = false;
  #isPaused = false;
  #isStopped = false;

  constructor(ports: ReportQueuePorts) {
    this.#ports = ports;
  }

  push(report: Report): void {
    this.#waiting.push(report);
    if (this.#waiting.length >= waitingMax && !this.#isPaused) {
      this.#isPaused = true;
      this.#ports.pauseReading();
    }
    if (!this.#isWriting) void this.#writeAll();
  }

  /** Forgets what waits: nobody is left to acknowledge to, and the agent reports in full again. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting = [];
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    try {
      while (this.#waiting.length > 0 && !this.#isStopped) await this.#writeBatch();
    } catch (error) {
      this.stop();
      this.#ports.onFailed(error);
    } finally {
      this.#isWriting = false;
    }
  }

  async #writeBatch(): Promise<void> {
    const report = mergeReports(this.#waiting);
    this.#waiting = [];
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#ports.resumeReading();
    }
    const result = await this.#ports.write(report);
    if (this.#isStopped) return;
    if (result.accepted) return this.#ports.onWritten(report.number);
    this.stop();
    this.#ports.onRefused(result);
  }
}
