/** What the servants of an agent share. */

import type { OwnNode } from './caller.ts';
import type { Complaints } from './complaints.ts';
import type { PeerGate } from './peer-gate.ts';
import type { Reporter } from './reporter.ts';

export interface ServantContext {
  readonly node: OwnNode;
  readonly gate: PeerGate;
  readonly complaints: Complaints;
  readonly reporter: Reporter;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}
