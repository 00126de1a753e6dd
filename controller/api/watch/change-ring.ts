/** The last changes, as names only: what a reader missed is looked up again, never replayed. */

interface ChangeMark {
  /** Registry sequence at which it was noticed; never falls. */
  readonly sequence: number;
  readonly kind: string;
  readonly key: string;
}

export class ChangeRing {
  readonly #capacity: number;
  /** Change number n is at index (n - 1) modulo the capacity. */
  readonly #marks: ChangeMark[] = [];
  #last = 0;
  /** Changes at this sequence and before may be forgotten. */
  #forgottenSequence: number;

  /** `sequence`: of the registry when this process began to look. */
  constructor(capacity: number, sequence: number) {
    this.#capacity = capacity;
    this.#forgottenSequence = sequence - 1;
  }

  /** Number of the newest change; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  add(sequence: number, kind: string, key: string): void {
    const index = this.#last % this.#capacity;
    const old = this.#marks[index];
    if (old !== undefined) this.#forgottenSequence = old.sequence;
    this.#marks[index] = { sequence, kind, key };
    this.#last += 1;
  }

  /** Keys of a kind that changed behind change `number`; `undefined` when some may be forgotten. */
  sinceNumber(kind: string, number: number): ReadonlySet<string> | undefined {
    if (number > this.#last || number < this.#last - this.#marks.length) return undefined;
    const keys = new Set<string>();
    for (let current = number; current < this.#last; current += 1) {
      const mark = this.#marks[current % this.#capacity];
      if (mark?.kind === kind) keys.add(mark.key);
    }
    return keys;
  }

  /**
   * Keys of a kind that changed at registry sequence `sequence` or later: at the same sequence more
   * may have changed after the reader looked. `undefined` when some may be forgotten.
   */
  sinceSequence(kind: string, sequence: number): ReadonlySet<string> | undefined {
    const number = this.numberBefore(sequence);
    return number === undefined ? undefined : this.sinceNumber(kind, number);
  }

  /** Number of the last change before registry sequence `sequence`. */
  numberBefore(sequence: number): number | undefined {
    if (sequence <= this.#forgottenSequence) return undefined;
    let number = this.#last;
    const oldest = this.#last - this.#marks.length;
    while (number > oldest) {
      const mark = this.#marks[(number - 1) % this.#capacity];
      if (mark === undefined || mark.sequence < sequence) break;
      number -= 1;
    }
    return number;
  }
}
