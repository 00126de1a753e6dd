/** A registry replica in memory that is durable at once, and fails when a test says so. */

import { TarsierError } from '../../../errors/tarsier-error.ts';
import type { RegistryCommand } from '../../../registry/commands.ts';
import type { RegistryState } from '../../../registry/model.ts';
import { registryMachine } from '../../../registry/registry-machine.ts';
import type { RegistryResult } from '../../../registry/result.ts';
import type { Applied, CapturedState, Replica } from '../../../replica/core/replica.ts';

type RegistryApplied = Applied<RegistryCommand, RegistryResult>;

export class MemoryReplica implements Replica<RegistryState, RegistryCommand, RegistryResult> {
  readonly state: RegistryState = registryMachine.initial();
  sequence = 0;
  /** So many of the next proposals fail. */
  failures = 0;
  readonly #listeners = new Set<(applied: RegistryApplied) => void>();

  async propose(command: RegistryCommand): Promise<RegistryApplied> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.failures > 0) {
      this.failures -= 1;
      throw new TarsierError('LOG_OVERLOADED', 'The disk is slow.');
    }
    const decoded = registryMachine.decodeCommand(registryMachine.encodeCommand(command));
    this.sequence += 1;
    const result = registryMachine.apply(this.state, decoded, this.sequence);
    const applied = { sequence: this.sequence, command: decoded, result };
    for (const listener of this.#listeners) listener(applied);
    return applied;
  }

  subscribe(listener: (applied: RegistryApplied) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  async waitFor(): Promise<void> {}

  async catchUp(): Promise<number> {
    return this.sequence;
  }

  async capture(): Promise<CapturedState> {
    const state = registryMachine.encodeState(this.state);
    return { sequence: this.sequence, hash: '0'.repeat(64), state };
  }

  async snapshot(): Promise<void> {}

  async close(): Promise<void> {}
}
