/** What each error code says about itself. */

/**
 * How a caller must react: `transient` retry with back-off; `terminal` stalled until the spec or
 * the operator changes it; `defect` our bug, crash and let the supervisor restart.
 */
export type Consequence = 'transient' | 'terminal' | 'defect';

export interface ErrorRow {
  readonly consequence: Consequence;
  /** What it means, for the documentation. */
  readonly meaning: string;
  /** What to do about it, for the documentation. */
  readonly remedy: string;
}
