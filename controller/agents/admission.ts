/** Decides whether an agent that says hello is let in, and tells people what to do if not. */

import type { ErrorCode } from '../../errors/codes.ts';
import { protocolVersion, protocolVersionLeast, type Hello } from '../../link/messages/messages.ts';
import { busyElsewhere, isServedElsewhere } from '../../registry/apply/sessions.ts';
import type { RegistryState } from '../../registry/model.ts';

export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

/** The live session of the same node, if there is one. */
export interface Rival {
  readonly hello: Hello;
  readonly connection: { readonly remoteAddress: string };
}

export function refuseHello(
  hello: Hello,
  { state, controller }: { readonly state: RegistryState; readonly controller: string },
  rival: Rival | undefined,
): Refusal | undefined {
  const { protocolVersion: spoken } = hello;
  if (spoken < protocolVersionLeast || spoken > protocolVersion) return refuseVersion(spoken);
  const refusal = refuseNode(hello.node, state);
  if (refusal !== undefined) return refusal;
  const known = state.sessions.get(hello.node);
  const newcomer = { ...hello, controller };
  if (known !== undefined && isServedElsewhere(known, newcomer)) {
    return busyElsewhere(known, newcomer);
  }
  // The same agent on a new connection knows better than we do that the old one is dead.
  if (rival === undefined || rival.hello.sessionId === hello.sessionId) return undefined;
  const { hostname, sessionId } = rival.hello;
  const message = `Node ${hello.node} is served already by an agent on ${hostname} (${rival.connection.remoteAddress}, session ${sessionId}). Stop that agent, or start the one on ${hello.hostname} with another --node.`;
  return { code: 'NODE_BUSY', message };
}

/** A node that was taken out of Git is let in while the registry remembers it, to be emptied. */
export function refuseNode(
  node: string,
  { nodes, sessions, source }: RegistryState,
): Refusal | undefined {
  if (nodes.has(node) || sessions.has(node)) return undefined;
  const where =
    source === undefined ? 'no commit is in force yet' : `commit ${source.inForceCommit}`;
  const message = `There is no Node ${node} in Git (${where}). Commit a file, such as nodes/${node}.yaml, with kind: Node and metadata.name: ${node}; the agent tries again by itself.`;
  return { code: 'NODE_UNKNOWN', message };
}

export function refuseVersion(spoken: number): Refusal {
  const message = `The agent speaks version ${spoken} of the link protocol, this controller ${protocolVersion}. Upgrade the controller first, then the agents.`;
  return { code: 'LINK_PROTOCOL_VERSION', message };
}
