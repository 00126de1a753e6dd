/** What the session of an agent may do: write to the registry, keep reports, take locks. */

import type { FastifyBaseLogger } from 'fastify';
import type { Collected } from '../../link/messages/messages.ts';
import type { RegistryCommand } from '../../registry/commands.ts';
import type { RegistryState, TimeMs } from '../../registry/model.ts';
import type { RegistryResult } from '../../registry/result.ts';
import { createTargetHistory } from '../../registry/target-delta.ts';
import type { Replica } from '../../replica/core/replica.ts';
import type { AgentSessionPorts } from './agent-session.ts';
import { takeHeld, type HeldPackages } from './held-intake.ts';
import { LockRequests } from './lock-requests.ts';

/** Takes what services report; see `controller/collect`. */
export interface Collector {
  /**
   * Number up to which the entries of the stream are kept, this batch included. Safe to repeat.
   * Throws when nothing can be kept now; the agent sends the batch again later.
   */
  take(node: string, batch: Collected): number;
}

export interface SessionPortsOptions extends Pick<
  AgentSessionPorts,
  'objects' | 'sequence' | 'onObjectsApplied' | 'onReported' | 'onApplied'
> {
  readonly replica: Replica<RegistryState, RegistryCommand, RegistryResult>;
  readonly log: FastifyBaseLogger;
  /** Absent: what services report stays with their agents. */
  readonly collector?: Collector;
  /** Absent: what packages agents have is not noted. */
  readonly packages?: HeldPackages;
  readonly nowMs: () => TimeMs;
}

export function makeSessionPorts(options: SessionPortsOptions): AgentSessionPorts {
  const { replica, log, collector, nowMs, objects, sequence } = options;
  const { onObjectsApplied, onReported, onApplied } = options;
  const locks = new LockRequests({ replica, log, now: nowMs });
  return {
    objects,
    sequence,
    onObjectsApplied,
    onReported,
    onApplied,
    state: () => replica.state,
    history: createTargetHistory(sequence(), replica.state),
    collect: ({ node }, batch) => {
      try {
        return collector?.take(node, batch);
      } catch (error) {
        // Reports are no reason to leave an agent without its targets.
        log.error({ node, err: error }, 'collected entries were not kept');
        return undefined;
      }
    },
    takeLock: ({ node }, { service, isMaster: holderIsMaster, timeoutMs }) =>
      locks.ask({ service, node, holderIsMaster, timeoutMs }),
    write: async ({ node, hello: { sessionId }, opened }, { full, instances, gone }) => {
      const fence = opened === undefined ? {} : { opened };
      const command = { at: nowMs(), node, sessionId, ...fence, full, instances, gone };
      return (await replica.propose({ type: 'report-observed', ...command })).result;
    },
    takeHeld: ({ node, hello: { sessionId }, opened }, held) =>
      takeHeld(options, { node, sessionId, ...(opened === undefined ? {} : { opened }) }, held),
    onTargetsTooLarge: ({ node }, instances) =>
      log.error({ node, instances, code: 'LINK_MESSAGE_TOO_LARGE' }, 'targets left out'),
    onWriteFailed: ({ node, connection }, error) => {
      log.error({ node, err: error }, 'report was not written');
      connection.closeForNow('the registry cannot be written');
    },
  };
}
