/** Notes which agents are connected, and which were lost. */

import type { LoseSession, OpenSession } from '../commands.ts';
import type { RegistryState } from '../model.ts';
import type { RegistryRefused } from '../result.ts';
import { sameData } from '../same-data.ts';
import { touchNode } from './apply-commit.ts';
import { refuse, type Effects } from './effects.ts';

/** A node that was taken out of Git is let in once more while its session stands, to be emptied. */
export function openSession(
  state: RegistryState,
  command: OpenSession,
  effects: Effects,
): RegistryRefused | undefined {
  const { session } = command;
  const { node } = session;
  const old = state.sessions.get(node);
  if (!state.nodes.has(node) && old === undefined) {
    return refuse('NODE_UNKNOWN', `There is no Node ${node} in the registry.`);
  }
  if (old !== undefined && sameData({ ...old, since: session.since }, session)) return undefined;
  state.sessions.set(node, session);
  touchNode(state, node, effects);
  effects.event({
    reason: 'NodeConnected',
    severity: 'info',
    subject: { kind: 'Node', name: node },
    message: `The agent on ${session.hostname} connected (version ${session.agentVersion}).`,
  });
  return undefined;
}

export function loseSession(
  state: RegistryState,
  command: LoseSession,
  effects: Effects,
): RegistryRefused | undefined {
  const { node, sessionId } = command;
  const old = state.sessions.get(node);
  if (old?.sessionId !== sessionId) {
    return refuse('STALE_SESSION', `Session ${sessionId} of node ${node} is not the current one.`);
  }
  if (old.state === 'lost') return undefined;
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
