/** What lookups on this machine are answered from. */

import type { LookupObject } from '../../registry/lookup/lookup-model.ts';
import type { DesiredTopology } from '../../spec/desired-state.ts';

export interface ObjectSource {
  /** What is known now; `undefined` when the name was never asked for, or its answer has not come. */
  find(name: string): LookupObject | 'unknown' | undefined;
  /** Subscribes; resolves when the controller has answered, or after a short wait without one. */
  ask(name: string): Promise<LookupObject | 'unknown'>;
  readonly topology: DesiredTopology;
  /** Called after every change. Returns the unsubscriber. */
  onChange(listener: (names: readonly string[] | 'topology') => void): () => void;
}
