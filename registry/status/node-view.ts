/** One node: whether its agent is heard, and how its instances are. */

import { indexesOf, instancesAt } from '../indexes.ts';
import type { RegistryState } from '../model.ts';
import { askedByNode, type AskedInstances } from './instance-lookup.ts';
import { describeInstance, gatherInstance } from './instance-view.ts';
import { nodeEvidence, type NodeEvidence } from './node-evidence.ts';
import type { Condition, ConditionStatus, InstanceResource, NodeResource } from './resources.ts';
import type { StatusInput } from './status-input.ts';

/** Those in Git, and those that Git no longer has while their agent is there. Sorted. */
export function allNodes({ nodes, sessions }: RegistryState): readonly string[] {
  return [...new Set([...nodes.keys(), ...sessions.keys()])].toSorted();
}

/** `undefined` when Git has no such node and no agent ever connected as it. */
export function nodeView(
  input: StatusInput,
  name: string,
  asked: ReadonlyMap<string, AskedInstances> = askedByNode(input.state),
): NodeResource | undefined {
  const { state } = input;
  const desired = state.nodes.get(name);
  const evidence = nodeEvidence(input, name);
  if (desired === undefined && evidence.session === undefined) return undefined;
  const instances = nodeInstances(input, name, asked.get(name));
  return {
    name,
    dataCenter: desired?.dataCenter ?? '',
    addresses: desired?.addresses ?? {},
    labels: desired?.labels ?? {},
    ...(desired?.nodeSet !== undefined && { nodeSet: desired.nodeSet }),
    ...(desired !== undefined && { origin: desired.origin }),
    state: evidence.state,
    ...(evidence.session !== undefined && {
      agentVersion: evidence.session.agentVersion,
      hostname: evidence.session.hostname,
    }),
    ...controllerOf(input, evidence),
    ...(evidence.since !== undefined && { since: evidence.since }),
    ...(evidence.evidenceAt !== undefined && { evidenceAt: evidence.evidenceAt }),
    instances: {
      total: instances.filter(({ wanted }) => wanted !== 'stopped').length,
      ready: instances.filter(({ health }) => health === 'Healthy').length,
    },
    conditions: [ready(name, evidence, desired !== undefined)],
  };
}

/** With one controller there is nothing to tell. */
function controllerOf({ facts }: StatusInput, { session }: NodeEvidence) {
  const controller = session?.controller;
  return facts.controller.name !== undefined && controller !== undefined && { controller };
}

/** What Git asks for on this node and what is there without being asked for, sorted by id. */
export function nodeInstances(
  input: StatusInput,
  name: string,
  asked: AskedInstances = askedByNode(input.state).get(name) ?? new Map(),
): readonly InstanceResource[] {
  const { targetsByNode, observedByNode } = indexesOf(input.state);
  const ids = new Set([
    ...asked.keys(),
    ...instancesAt(targetsByNode, name),
    ...instancesAt(observedByNode, name),
  ]);
  return [...ids]
    .toSorted()
    .map((id) => describeInstance(input, gatherInstance(input, id, asked.get(id))));
}

const statuses: Readonly<Record<NodeEvidence['state'], ConditionStatus>> = {
  Alive: 'True',
  Lost: 'False',
  NeverSeen: 'Unknown',
  Unknown: 'Unknown',
};

function ready(name: string, evidence: NodeEvidence, inGit: boolean): Condition {
  const texts: Readonly<Record<NodeEvidence['state'], readonly [string, string]>> = {
    Alive: inGit
      ? ['AgentConnected', 'Its agent is connected.']
      : ['NotInGit', 'Its agent is connected, and Git has no such node: its services are stopped.'],
    Lost: [
      'NodeLost',
      'Nothing is heard from its agent. Its services may still run; see that the machine and the agent are up.',
    ],
    NeverSeen: [
      'NodeNeverSeen',
      `No agent has connected as ${name}. Start one there: tarsctl agent --node ${name}.`,
    ],
    Unknown: ['EvidenceStale', 'Its agent was not heard lately; it may be connecting again.'],
  };
  const [reason, message] = texts[evidence.state];
  return {
    type: 'Ready',
    status: statuses[evidence.state],
    reason,
    message,
    ...(evidence.since !== undefined && { since: evidence.since }),
    ...(evidence.evidenceAt !== undefined && { evidenceAt: evidence.evidenceAt }),
  };
}
