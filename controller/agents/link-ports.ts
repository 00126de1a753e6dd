/** What the link to the agents is made of. */

import type { FastifyBaseLogger } from 'fastify';
import type { LinkTiming } from '../../link/connection/timing.ts';
import type { RegistryCommand } from '../../registry/commands.ts';
import type { RegistryState } from '../../registry/model.ts';
import type { RegistryResult } from '../../registry/result.ts';
import type { Replica } from '../../replica/core/replica.ts';
import type { ClusterPorts } from './cluster-ports.ts';
import type { HeldPackages } from './held-intake.ts';
import type { Collector } from './session-ports.ts';

export interface LinkPorts {
  readonly replica: Replica<RegistryState, RegistryCommand, RegistryResult>;
  readonly log: FastifyBaseLogger;
  /** The only controller there is, by default. */
  readonly cluster?: ClusterPorts;
  /** Absent: what services report stays with their agents. */
  readonly collector?: Collector;
  /** Absent: what packages agents have is not noted. */
  readonly packages?: HeldPackages;
  readonly timing?: Partial<LinkTiming>;
  /** Milliseconds since 1970; `Date.now` by default. */
  readonly nowMs?: () => number;
  /** `performance.now` by default. */
  readonly monotonicMs?: () => number;
}
