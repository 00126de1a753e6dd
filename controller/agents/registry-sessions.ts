/** What the registry says of the sessions of agents, seen from one of its controllers. */

import type { LinkTiming } from '../../link/connection/timing.ts';
import type { Hello, Welcome } from '../../link/messages/messages.ts';
import { patchContentPath } from '../../link/packages/patch-api.ts';
import type { OpenSession, RegistryCommand } from '../../registry/commands.ts';
import type { NodeSession, RegistryState, TimeMs } from '../../registry/model.ts';
import type { RegistryResult } from '../../registry/result.ts';
import type { Replica } from '../../replica/core/replica.ts';
import type { ClusterPorts } from './cluster-ports.ts';

type RegistryReplica = Replica<RegistryState, RegistryCommand, RegistryResult>;

export function openCommand(hello: Hello, controller: string, at: TimeMs): OpenSession {
  const { node, sessionId, agentVersion, bootId, hostname } = hello;
  const session = { node, sessionId, controller, since: at, agentVersion, bootId, hostname };
  return { type: 'open-session', at, session: { ...session, state: 'alive' } };
}

/** Connected to another controller, which would say within seconds if it heard no more. */
export function isHeardElsewhere(
  session: NodeSession | undefined,
  { controller, liveControllers }: ClusterPorts,
): boolean {
  if (session?.state !== 'alive' || session.controller === controller) return false;
  return liveControllers().has(session.controller ?? '');
}

/** Nothing that agents told an earlier process of this controller counts until it is told anew. */
export async function doubtOwnSessions(
  replica: RegistryReplica,
  controller: string,
  at: TimeMs,
): Promise<void> {
  const own = [...replica.state.sessions.values()].filter(
    (session) => session.controller === controller && session.reported,
  );
  if (own.length === 0) return;
  await replica.propose({ type: 'doubt-sessions', at, controller, upTo: replica.sequence });
}

export function welcomeOf(
  { heartbeatMs }: Pick<LinkTiming, 'heartbeatMs'>,
  registryId: string | undefined,
  controllers: readonly string[],
): Omit<Welcome, 'type'> {
  return {
    heartbeatMs,
    packagesPath: patchContentPath,
    ...(registryId === undefined ? {} : { registryId }),
    ...(controllers.length === 0 ? {} : { controllers }),
  };
}

interface KnownRevisions {
  readonly registryId: string | undefined;
  /** Of this replica. */
  readonly sequence: number;
  /** What this process sent to the node and saw acknowledged last. */
  readonly acknowledged: number | undefined;
}

/** The revision that the agent holds for sure; `undefined` when it may be of another registry. */
export function heldRevision(hello: Hello, known: KnownRevisions): number | undefined {
  const { haveRevision, registryId } = hello;
  if (haveRevision === 0) return undefined;
  // An agent that does not say whose revision it is, as those of the version before.
  const isHeld =
    registryId === undefined
      ? known.acknowledged === haveRevision
      : known.registryId === registryId && haveRevision <= known.sequence;
  return isHeld ? haveRevision : undefined;
}
