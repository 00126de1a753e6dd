/** Why what was committed is not in force: the repository, the commit, its faults. */

import { placeOf } from '../problems.ts';
import { formatAgo } from '../render/format-time.ts';
import { shortCommit } from '../render/words.ts';
import type { Condition, SourceResource, WhyFact, WhyResource } from '../resources.ts';
import { sourceView } from '../source-view.ts';
import { rebuildFacts } from '../rebuild-view.ts';
import type { StatusInput } from '../status-input.ts';
import { commitText, faultFacts } from './why-parts.ts';

const heldMax = 10;

export function whySource(input: StatusInput): WhyResource {
  const view = sourceView(input);
  const bad = view.conditions.find(({ status }) => status !== 'True');
  const condition = bad ?? view.conditions.at(-1);
  return {
    kind: 'source',
    name: 'source',
    fine: bad === undefined,
    verdict: verdictOf(view),
    reason: condition?.reason ?? 'Unknown',
    message: condition?.message ?? '',
    ...(condition?.since !== undefined && { since: condition.since }),
    ...(view.lastLookAt !== undefined && { evidenceAt: view.lastLookAt }),
    facts: [
      ...repositoryFacts(input, view),
      ...rebuildFacts(input),
      ...heldFacts(view),
      ...faultFacts(input.facts.faults),
    ],
    next: bad === undefined ? [] : nextSteps(input, view, bad),
  };
}

function verdictOf({ state, held }: SourceResource): string {
  if (state !== 'Fresh') return state.toUpperCase();
  return held.length > 0 ? 'PARTLY HELD' : 'FRESH';
}

function repositoryFacts(input: StatusInput, view: SourceResource): readonly WhyFact[] {
  const { url, branch, path, lastLookAt, commit, inForceCommit, head } = view;
  const place = `${url} ${branch}${path === '' ? '' : ` in ${path}/`}`;
  const facts: WhyFact[] = [{ mark: 'info', label: 'repository', text: place }];
  const text = lastLookAt === undefined ? 'never' : formatAgo(lastLookAt, input.now);
  const mark = view.state === 'Unreachable' || lastLookAt === undefined ? 'bad' : 'ok';
  facts.push({ mark, label: 'answered', text });
  if (head !== undefined) {
    facts.push({ mark: 'wait', label: 'being read', text: commitText(input, head) });
  }
  if (inForceCommit !== undefined) {
    facts.push({ mark: 'ok', label: 'in force', text: commitText(input, inForceCommit) });
  }
  if (commit !== undefined && commit !== inForceCommit) {
    facts.push({ mark: 'bad', label: 'held', text: commitText(input, commit) });
  }
  return facts;
}

function heldFacts({ held }: SourceResource): readonly WhyFact[] {
  const facts = held.slice(0, heldMax).map(({ kind, name, reason, message, because }) => {
    const waits = because === undefined ? '' : ` (waits for ${because.kind} ${because.name})`;
    return {
      mark: 'bad' as const,
      label: 'held',
      text: `${kind} ${name}: ${reason}: ${message}${waits}`,
    };
  });
  const rest = held.length - facts.length;
  if (rest <= 0) return facts;
  return [...facts, { mark: 'info', label: '…', text: `and ${rest} more held objects` }];
}

function nextSteps(
  { facts, state }: StatusInput,
  view: SourceResource,
  bad: Condition,
): readonly string[] {
  switch (view.state) {
    case 'Empty':
      return facts.source === undefined
        ? []
        : ['commit and push a first object; tarsctl init writes one'];
    case 'Unreachable':
    case 'Stale':
      return [`check from the controller: git ls-remote ${view.url} ${view.branch}`];
    case 'Frozen':
      return [];
    case 'Held': {
      const where = state.cluster?.origin;
      const file = where === undefined ? 'the Cluster object' : `${where.path}:${where.line}`;
      return [
        `if the deletion is meant: set deletionBrake.confirmDelete in ${file} as the message says, commit and push`,
        `if not: git revert ${shortCommit(view.commit ?? '')} and push`,
      ];
    }
    default:
      return bad.reason === 'ObjectsHeld'
        ? facts.faults
            .slice(0, 3)
            .map((fault) => `fix ${placeOf(fault)}, check with tarsctl validate, commit and push`)
        : [];
  }
}
