/** One thing that a service told the framework: a statistic, a notification, lines of a log. */

import type { TimeMs } from '../../registry/model.ts';

export interface CollectedEntry {
  /** `dropped` comes from the agent itself: entries that its disk had no room for. */
  readonly kind: 'stat' | 'property' | 'notify' | 'log' | 'dropped';
  readonly at: TimeMs;
  /** `App.Server`. */
  readonly source: string;
  readonly node: string;
  /** JSON; what is in it depends on the kind. */
  readonly body: string;
}

/** UTF-16 code units; what is longer must be split by whoever reports it. */
export const collectedBodyLengthMax = 256 * 1024;
export const collectedEntriesMax = 1_000;
