/** Why one instance does not run, or is not at the revision that Git asks for. */

import { instanceView } from '../instance-view.ts';
import { formatAgo } from '../render/format-time.ts';
import { withNextTry } from '../render/sentences.ts';
import { shortDigest } from '../render/words.ts';
import type { InstanceResource, WhyFact, WhyResource } from '../resources.ts';
import type { StatusInput } from '../status-input.ts';
import { commitText, nextForInstance, packageFacts, sourceFact } from './why-parts.ts';

export function whyInstance(input: StatusInput, id: string): WhyResource | undefined {
  const view = instanceView(input, id);
  if (view === undefined) return undefined;
  const record = input.state.scopes.get(view.scope);
  const origin = record?.desired.origin;
  const fine = view.sync === 'Synced' && (view.health === 'Healthy' || view.health === 'Stopped');
  return {
    kind: 'instance',
    name: id,
    fine,
    verdict: verdictOf(view),
    reason: view.reason,
    message: withNextTry(view, input.now),
    ...(view.since !== undefined && { since: view.since }),
    ...(view.evidenceAt !== undefined && { evidenceAt: view.evidenceAt }),
    facts: [
      askedFact(input, view),
      ...packageFacts(input, record),
      targetFact(view),
      ...processFacts(view, input.now),
      nodeFact(view, input.now),
      sourceFact(input),
    ],
    next: fine
      ? []
      : nextForInstance(view, origin === undefined ? '' : `${origin.path}:${origin.line}`),
  };
}

function verdictOf({ health, sync, wanted }: InstanceResource): string {
  if (health === 'Unknown') return 'UNKNOWN';
  if (wanted === 'removed') return 'LEAVING';
  if (health === 'Unhealthy') return 'NOT RUNNING';
  if (health === 'Stopped') return 'STOPPED';
  if (health === 'Progressing') return 'ON ITS WAY';
  return sync === 'Synced' ? 'RUNNING' : 'RUNNING AN OLDER REVISION';
}

function askedFact(input: StatusInput, view: InstanceResource): WhyFact {
  const { wanted, version, desiredRevision, scope, commit } = view;
  if (wanted === 'removed') {
    return { mark: 'info', label: 'git', text: 'Git does not ask for it any more' };
  }
  const what = [version, desiredRevision && `revision ${shortDigest(desiredRevision)}`];
  const by = input.state.scopes.get(scope)?.commit ?? commit ?? '';
  const text = `asks for ${wanted}, ${what.filter(Boolean).join(', ')} by ${commitText(input, by)}`;
  return { mark: 'info', label: 'git', text };
}

function targetFact({
  targetRevision,
  desiredRevision,
  wanted,
  reason,
}: InstanceResource): WhyFact {
  const label = 'rollout';
  if (targetRevision !== undefined && targetRevision === desiredRevision) {
    return { mark: 'ok', label, text: 'its agent was told to run that' };
  }
  if (wanted === 'removed') return { mark: 'wait', label, text: 'its agent is to take it down' };
  if (reason === 'PackageMissing') return { mark: 'bad', label, text: 'waits for the package' };
  const older = targetRevision === undefined ? '' : '; until then it stays at the revision before';
  return { mark: 'wait', label, text: `its turn has not come yet${older}` };
}

function processFacts(view: InstanceResource, now: number): readonly WhyFact[] {
  const { pid, startedAt, restarts, lastExit, health, phase } = view;
  const facts: WhyFact[] = [];
  if (pid !== undefined) {
    const age = startedAt === undefined ? '' : `, started ${formatAgo(startedAt, now)}`;
    const mark = health === 'Healthy' ? 'ok' : 'wait';
    facts.push({
      mark,
      label: 'process',
      text: `pid ${pid}${age}, ${phase}, restarts: ${restarts}`,
    });
  }
  if (lastExit !== undefined) {
    const how = lastExit.signal ?? `exit code ${lastExit.code ?? '?'}`;
    const mark = health === 'Unhealthy' ? 'bad' : 'info';
    facts.push({ mark, label: 'last exit', text: `${how}, ${formatAgo(lastExit.at, now)}` });
  }
  return facts;
}

function nodeFact({ node, health, evidenceAt, reason }: InstanceResource, now: number): WhyFact {
  const word =
    evidenceAt === undefined ? 'never heard of' : `last word ${formatAgo(evidenceAt, now)}`;
  if (health === 'Unknown')
    return { mark: 'bad', label: 'node', text: `${node}: ${reason}, ${word}` };
  return { mark: 'ok', label: 'node', text: `${node} is connected, ${word}` };
}
