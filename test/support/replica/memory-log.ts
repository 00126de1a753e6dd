/** A log in memory that fails on request, before or after the entry got in. */

import { createHash } from 'node:crypto';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import { chainHash, findChainBreak, GENESIS_HASH } from '../../../replica/core/hash-chain.ts';
import type { EmbeddedLog } from '../../../replica/drivers/embedded/embedded-log.ts';
import type { AppendRequest, AppendResult, LogEntry, LogHead } from '../../../replica/core/log.ts';

/** What happens to the next call. */
export type Fault = 'none' | 'lost' | 'appended-but-unanswered' | 'slow';

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export class MemoryLog implements EmbeddedLog {
  readonly entries: LogEntry[] = [];
  /** Taken one per append; `none` when it runs out. */
  readonly faults: Fault[] = [];
  readonly #listeners = new Set<(sequence: number) => void>();
  #first = 1;

  async append({ commandId, payload, expectedSequence }: AppendRequest): Promise<AppendResult> {
    const fault = this.faults.shift() ?? 'none';
    if (fault === 'slow') await new Promise((resolve) => setImmediate(resolve));
    if (fault === 'lost') throw new TarsierError('LOG_IO_FAILED', 'lost before it was written');
    const result = this.#append(commandId, payload, expectedSequence);
    // Whoever does not hear of the entry does not tell others of it.
    if (!result.duplicate && fault !== 'appended-but-unanswered') this.#tell(result.sequence);
    if (fault === 'appended-but-unanswered') {
      throw new TarsierError('LOG_IO_FAILED', 'written, but the answer was lost');
    }
    return result;
  }

  async read(from: number, limit: number): Promise<readonly LogEntry[]> {
    if (from < this.#first) {
      throw new TarsierError('LOG_TRIMMED', `entry ${from} is no longer kept`);
    }
    const found = this.entries.slice(from - 1, from - 1 + limit);
    // The log goes on while the answer is on its way.
    await new Promise((resolve) => setImmediate(resolve));
    return found;
  }

  async head(): Promise<LogHead> {
    const last = this.entries.at(-1);
    return { sequence: last?.sequence ?? 0, hash: last?.hash ?? GENESIS_HASH, first: this.#first };
  }

  async trim(before: number): Promise<void> {
    this.#first = Math.max(this.#first, Math.min(before, this.entries.length));
  }

  subscribe(listener: (sequence: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** As the copy of another log. */
  async keep(entries: readonly LogEntry[]): Promise<void> {
    const head = { sequence: 0, hash: GENESIS_HASH, ...this.entries.at(-1) };
    const broken = findChainBreak(sha256, head, entries);
    if (broken !== undefined) throw new TarsierError('LOG_DAMAGED', broken.reason);
    this.entries.push(...entries);
  }

  async hashAt(sequence: number): Promise<string | undefined> {
    if (sequence < this.#first - 1) return undefined;
    return sequence === 0 ? GENESIS_HASH : this.entries[sequence - 1]?.hash;
  }

  async close(): Promise<void> {}

  #append(commandId: string, payload: Uint8Array, expected: number | undefined): AppendResult {
    const known = this.entries.find((entry) => entry.commandId === commandId);
    if (known !== undefined) return { sequence: known.sequence, duplicate: true };
    const head = this.entries.at(-1);
    if (expected !== undefined && expected !== (head?.sequence ?? 0)) {
      throw new TarsierError('STALE_SEQUENCE', `the head is ${head?.sequence ?? 0}`);
    }
    const sequence = this.entries.length + 1;
    const next = { sequence, commandId, payload: payload.slice() };
    this.entries.push({ ...next, hash: chainHash(sha256, head?.hash ?? GENESIS_HASH, next) });
    return { sequence, duplicate: false };
  }

  #tell(sequence: number): void {
    setImmediate(() => {
      for (const listener of this.#listeners) listener(sequence);
    });
  }
}
