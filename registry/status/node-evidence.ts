/** How far what an agent reported can be believed now. */

import type { NodeSession, TimeMs } from '../model.ts';
import type { StatusInput } from './status-input.ts';

/** An agent beats every second and is dead after five; older word than this proves nothing. */
const freshMs = 15_000;

export interface NodeEvidence {
  readonly state: 'Alive' | 'Lost' | 'NeverSeen' | 'Unknown';
  /** Of the state. */
  readonly since?: TimeMs;
  /** The last moment for which the agent vouches. */
  readonly evidenceAt?: TimeMs;
  readonly session?: NodeSession;
}

/** `Unknown`: the session is not closed, and yet the agent was not heard for too long. */
export function nodeEvidence({ state, facts, now }: StatusInput, node: string): NodeEvidence {
  const session = state.sessions.get(node);
  if (session === undefined) return { state: 'NeverSeen' };
  const heardAt = facts.heardAt(node);
  const evidenceAt = heardAt ?? session.since;
  const shared = { since: session.since, evidenceAt, session };
  if (session.state === 'lost') return { ...shared, state: 'Lost' };
  if (heardAt === undefined || now - heardAt > freshMs) {
    return { ...shared, state: 'Unknown', since: evidenceAt };
  }
  return { ...shared, state: 'Alive' };
}
