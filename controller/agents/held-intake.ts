/** Takes what an agent holds from before a rebuild, checks it, and brings it into registry and patch store. */

import { createHash } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import { digestOfRevision } from '../../spec/resolve/digest.ts';
import type { Held, HeldPackage } from '../../link/messages/messages.ts';
import type { ReportHeld, RegistryCommand } from '../../registry/commands.ts';
import type { InstanceTarget, RegistryState } from '../../registry/model.ts';
import type { RegistryRefused, RegistryResult } from '../../registry/result.ts';
import type { Replica } from '../../replica/core/replica.ts';

/** The patch store, as far as it learns what agents have. */
export interface HeldPackages {
  /** Safe to repeat. */
  noteHeld(node: string, packages: readonly HeldPackage[]): Promise<void>;
}

export interface HeldIntakePorts {
  readonly replica: Pick<Replica<RegistryState, RegistryCommand, RegistryResult>, 'propose'>;
  readonly log: Pick<FastifyBaseLogger, 'warn'>;
  /** Absent: what packages agents have is not noted. */
  readonly packages?: HeldPackages;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** The session that it is told in. */
export type Teller = Pick<ReportHeld, 'node' | 'sessionId' | 'opened'>;

/** Rejects when it cannot be written; the agent tells it again on its next connection. */
export async function takeHeld(
  ports: HeldIntakePorts,
  teller: Teller,
  { targets, packages, highestToken }: Held,
): Promise<RegistryRefused | undefined> {
  const { replica, log, nowMs } = ports;
  const genuine = targets.filter(isGenuine);
  if (genuine.length < targets.length) {
    const instances = targets
      .filter((target) => !isGenuine(target))
      .map(({ instance }) => instance);
    log.warn({ node: teller.node, instances }, 'held targets do not have the digest they claim');
  }
  if (packages.length > 0) await ports.packages?.noteHeld(teller.node, packages);
  const { result } = await replica.propose({
    type: 'report-held',
    at: nowMs(),
    ...teller,
    targets: genuine,
    ...(highestToken === undefined ? {} : { highestToken }),
  });
  return result.accepted ? undefined : result;
}

/**
 * Targets of one revision share one content in the registry: what is told for one node must not
 * become what another one runs.
 */
function isGenuine({ content, revision }: InstanceTarget): boolean {
  return digestOfRevision(content, sha256) === revision;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
