/** What a benchmark file exports: `export const benchmark: Benchmark`. */

export interface BenchmarkResult {
  readonly name: string;
  /** A median unless the name says otherwise. */
  readonly value: number;
  readonly unit: string;
  /** The figure to meet. */
  readonly bar?: number;
  readonly ok: boolean;
}

export type Benchmark = () => Promise<readonly BenchmarkResult[]>;
