/**
 * Says when a snapshot is due. It is due for all members at the same entry, whoever made the last one:
 * members that count from snapshots of their own make three times as many, and the log, which reaches
 * back by two snapshots, forgets command ids three times as soon.
 */

export interface SnapshotPolicy {
  /** A snapshot is due after this many commands since the last one, 10,000 by default … */
  readonly commands?: number;
  /** … or after this many bytes of commands, 64 MiB by default. */
  readonly bytes?: number;
}

const SNAPSHOT_COMMANDS = 10_000;
const SNAPSHOT_BYTES = 64 * 2 ** 20;

export class SnapshotDue {
  readonly #commandsMax: number;
  readonly #bytesMax: number;
  /** Of the commands since the newest snapshot, in order. */
  #sequences: number[] = [];
  #sizes: number[] = [];
  #bytes = 0;

  constructor({ commands = SNAPSHOT_COMMANDS, bytes = SNAPSHOT_BYTES }: SnapshotPolicy = {}) {
    this.#commandsMax = commands;
    this.#bytesMax = bytes;
  }

  get isDue(): boolean {
    return this.#sequences.length >= this.#commandsMax || this.#bytes >= this.#bytesMax;
  }

  get hasCommands(): boolean {
    return this.#sequences.length > 0;
  }

  /** A command was applied. */
  add(sequence: number, bytes: number): void {
    this.#sequences.push(sequence);
    this.#sizes.push(bytes);
    this.#bytes += bytes;
  }

  /** There is a snapshot of the state after `sequence`, or there will be. */
  countFrom(sequence: number): void {
    const after = this.#sequences.findIndex((one) => one > sequence);
    const dropped = after === -1 ? this.#sequences.length : after;
    if (dropped === 0) return;
    this.#sequences = this.#sequences.slice(dropped);
    this.#sizes = this.#sizes.slice(dropped);
    this.#bytes = this.#sizes.reduce((sum, size) => sum + size, 0);
  }
}
