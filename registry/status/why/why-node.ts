/** Why a node is not heard, and what stands on it. */

import { nodeInstances, nodeView } from '../node-view.ts';
import { formatAgo } from '../render/format-time.ts';
import type { NodeResource, WhyFact, WhyResource } from '../resources.ts';
import { unheardFacts } from '../rebuild-view.ts';
import type { StatusInput } from '../status-input.ts';
import { instanceFact } from './why-parts.ts';

const instancesMax = 8;

export function whyNode(input: StatusInput, name: string): WhyResource | undefined {
  const view = nodeView(input, name);
  const condition = view?.conditions[0];
  if (view === undefined || condition === undefined) return undefined;
  const instances = nodeInstances(input, name);
  const unfit = instances.filter(({ health }) => health !== 'Healthy' && health !== 'Stopped');
  const fine = condition.status === 'True' && view.origin !== undefined && unfit.length === 0;
  const rest = instances.length - instancesMax;
  return {
    kind: 'node',
    name,
    fine,
    verdict: verdictOf(view, unfit.length),
    reason: condition.reason,
    message: condition.message,
    ...(view.since !== undefined && { since: view.since }),
    ...(view.evidenceAt !== undefined && { evidenceAt: view.evidenceAt }),
    facts: [
      gitFact(view),
      agentFact(view, input.now),
      ...unheardFacts(input, name),
      ...[...unfit, ...instances.filter((instance) => !unfit.includes(instance))]
        .slice(0, instancesMax)
        .map((instance) => instanceFact(instance, input.now)),
      ...(rest > 0
        ? [{ mark: 'info' as const, label: '…', text: `and ${rest} more: tarsctl get instances` }]
        : []),
    ],
    next: fine ? [] : nextSteps(view, unfit[0]?.id),
  };
}

function verdictOf({ state, origin }: NodeResource, unfit: number): string {
  if (state === 'Lost') return 'LOST';
  if (state === 'NeverSeen') return 'NEVER SEEN';
  if (state === 'Unknown') return 'UNKNOWN';
  if (origin === undefined) return 'NOT IN GIT';
  return unfit > 0 ? 'ALIVE, WITH TROUBLE' : 'ALIVE';
}

function gitFact({ origin, dataCenter }: NodeResource): WhyFact {
  if (origin === undefined) return { mark: 'bad', label: 'git', text: 'Git has no such node' };
  return { mark: 'info', label: 'git', text: `${origin.path}:${origin.line}, in ${dataCenter}` };
}

function agentFact(view: NodeResource, now: number): WhyFact {
  const { state, hostname, agentVersion, evidenceAt, since } = view;
  if (hostname === undefined || evidenceAt === undefined || since === undefined) {
    return { mark: 'bad', label: 'agent', text: 'none has ever connected under this name' };
  }
  const who = `version ${agentVersion ?? '?'} on ${hostname}`;
  const heard = `last heard ${formatAgo(evidenceAt, now)}`;
  if (state === 'Alive') return { mark: 'ok', label: 'agent', text: `${who}, ${heard}` };
  const lost = state === 'Lost' ? `, given up ${formatAgo(since, now)}` : '';
  return { mark: 'bad', label: 'agent', text: `${who}, ${heard}${lost}` };
}

function nextSteps(view: NodeResource, unfit: string | undefined): readonly string[] {
  const { name, state, origin, hostname } = view;
  if (state === 'NeverSeen') return [`on ${name}: tarsctl agent --node ${name}`];
  if (state === 'Lost' || state === 'Unknown') {
    return [
      `on ${hostname ?? name}: is the machine up, does tarsctl agent --node ${name} run, does it reach the controller?`,
      'if the machine is gone for good, take the node out of Git and commit',
    ];
  }
  if (origin === undefined) return [`add a Node ${name} in Git, or stop its agent`];
  return unfit === undefined ? [] : [`tarsctl why ${unfit}`];
}
