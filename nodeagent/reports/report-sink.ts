/** Takes what services report, to be kept until a controller has it. */

import type { CollectedEntry } from '../../link/messages/collected-entry.ts';

export interface ReportSink {
  /** Never throws, never waits. What there is no room for is counted, and the count is reported. */
  add(entry: CollectedEntry): void;
}
