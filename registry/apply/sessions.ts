/** Notes which agents are connected, to which controller, and which were lost. */

import type { DoubtSessions, LoseSession, OpenSession } from '../commands.ts';
import type { NodeSession, RegistryState } from '../model.ts';
import type { RegistryRefused } from '../result.ts';
import { touchNode } from './apply-commit.ts';
import { refuse, type Effects } from './effects.ts';

type Newcomer = Pick<NodeSession, 'sessionId' | 'controller' | 'hostname'>;

/**
 * Whether another agent serves the node, as far as another controller knows: of its own agents a
 * controller knows better whether they are still there.
 */
export function isServedElsewhere(known: NodeSession | undefined, newcomer: Newcomer): boolean {
  if (known === undefined || known.state === 'lost') return false;
  if (known.controller === undefined || known.controller === newcomer.controller) return false;
  return known.sessionId !== newcomer.sessionId;
}

/** Why a newcomer is not let in, and what to do. */
export function busyElsewhere(known: NodeSession, newcomer: Newcomer): RegistryRefused {
  return refuse(
    'NODE_BUSY',
    `Node ${known.node} is served already by an agent on ${known.hostname} that is connected to controller ${known.controller} (session ${known.sessionId}). If that agent is gone, this one is let in within seconds; else stop it, or start the one on ${newcomer.hostname} with another --node.`,
  );
}

/**
 * A node that was taken out of Git is let in once more while its session stands, to be emptied. A
 * session may be opened again by the same agent, here or at another controller: it was not lost
 * meanwhile, and what its earlier connection still has under way comes too late from now on.
 */
export function openSession(
  state: RegistryState,
  { session }: OpenSession,
  effects: Effects,
): RegistryRefused | undefined {
  const { node } = session;
  const old = state.sessions.get(node);
  if (!state.nodes.has(node) && old === undefined) {
    return refuse('NODE_UNKNOWN', `There is no Node ${node} in the registry.`);
  }
  if (old !== undefined && isServedElsewhere(old, session)) return busyElsewhere(old, session);
  const isSame = old?.sessionId === session.sessionId && old.state === 'alive';
  const since = isSame ? old.since : session.since;
  const opened = effects.sequence;
  state.sessions.set(node, { ...session, since, opened, reported: false });
  touchNode(state, node, effects);
  // A controller that ends moves many agents at once; that is no history of theirs.
  if (isSame) return undefined;
  effects.event({
    reason: 'NodeConnected',
    severity: 'info',
    subject: { kind: 'Node', name: node },
    message: `The agent on ${session.hostname} connected (version ${session.agentVersion}).`,
  });
  return undefined;
}

/** Why a command that speaks for a session is refused; `undefined` if it is the current one. */
export function checkSession(
  state: RegistryState,
  { node, sessionId, opened }: Pick<LoseSession, 'node' | 'sessionId' | 'opened'>,
): RegistryRefused | undefined {
  const session = state.sessions.get(node);
  if (session?.sessionId !== sessionId) {
    return refuse('STALE_SESSION', `Session ${sessionId} of node ${node} is not the current one.`);
  }
  // Commands of older controllers do not say which connection they speak for.
  if (opened === undefined || opened === session.opened) return undefined;
  return refuse(
    'STALE_SESSION',
    `Session ${sessionId} of node ${node} goes on over another connection by now, to controller ${session.controller}.`,
  );
}

export function loseSession(
  state: RegistryState,
  command: LoseSession,
  effects: Effects,
): RegistryRefused | undefined {
  const { node } = command;
  const refused = checkSession(state, command);
  if (refused !== undefined) return refused;
  const old = state.sessions.get(node);
  if (old === undefined || old.state === 'lost') return undefined;
  state.sessions.set(node, { ...old, state: 'lost', since: command.at });
  touchNode(state, node, effects);
  effects.event({
    reason: 'NodeLost',
    severity: 'error',
    subject: { kind: 'Node', name: node },
    message: `Nothing is heard from the agent on ${old.hostname}. Its services may still run; see that the machine and the agent are up.`,
  });
  return undefined;
}

/** The sessions stay: their agents are given time to come back. */
export function doubtSessions(
  state: RegistryState,
  { controller, upTo }: DoubtSessions,
  effects: Effects,
): void {
  for (const [node, session] of state.sessions) {
    const { opened = 0 } = session;
    if (session.controller !== controller || opened > upTo || !session.reported) continue;
    state.sessions.set(node, { ...session, reported: false });
    touchNode(state, node, effects);
  }
}
