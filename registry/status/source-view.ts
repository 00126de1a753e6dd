/** Where the desired state comes from, how fresh it is, and what of it is held. */

import type { HeldObject } from '../../spec/desired-state.ts';
import type { SourceRecord, TimeMs } from '../model.ts';
import { counted } from '../../spec/wording/counted.ts';
import type { Condition, HeldResource, SourceResource } from './resources.ts';
import type { SourceFacts, SourceTrouble, StatusInput } from './status-input.ts';

/** After this many polls without a successful look, the source is no longer called fresh. */
const stalePolls = 4;
const staleMsMin = 30_000;

export function sourceView(input: StatusInput): SourceResource {
  const { source: facts, faults } = input.facts;
  const record = input.state.source;
  const conditions = [fresh(input), accepted(record)];
  return {
    url: facts?.url ?? '',
    branch: facts?.branch ?? '',
    path: facts?.path ?? '',
    state: stateOf(input),
    ...(record !== undefined && recordFields(record)),
    objects: record?.objects ?? 0,
    faults: faults.length,
    held: (record?.held ?? []).map(heldResource),
    ...newerHead(facts, record),
    ...(facts?.lastLookAt !== undefined && { lastLookAt: facts.lastLookAt }),
    conditions,
  };
}

function recordFields(record: SourceRecord) {
  const { commit, inForceCommit, author, subject, committedAt, appliedAt } = record;
  return { commit, inForceCommit, author, subject, committedAt, appliedAt };
}

function newerHead(facts: SourceFacts | undefined, record: SourceRecord | undefined) {
  const head = facts?.head?.commit;
  return head === undefined || head === record?.commit ? {} : { head };
}

function heldResource(held: HeldObject): HeldResource {
  const { object, reason, message, because } = held;
  return { ...object, reason, message, ...(because !== undefined && { because }) };
}

function stateOf({ state, facts: { source }, now }: StatusInput): SourceResource['state'] {
  if (source?.frozen !== undefined) return 'Frozen';
  if (source?.problem !== undefined) return 'Unreachable';
  if (state.source === undefined) return 'Empty';
  if (state.source.holdReason !== undefined) return 'Held';
  return source !== undefined && isStale(source, now) ? 'Stale' : 'Fresh';
}

function isStale({ lastLookAt, pollMs }: SourceFacts, now: TimeMs): boolean {
  const limitMs = Math.max(staleMsMin, stalePolls * pollMs);
  return lastLookAt === undefined || now - lastLookAt > limitMs;
}

function fresh({ facts: { source }, now }: StatusInput): Condition {
  const type = 'SourceFresh';
  if (source === undefined) {
    const message = 'No repository is followed. Start the controller with --repo URL.';
    return { type, status: 'Unknown', reason: 'NoSource', message };
  }
  const evidence = source.lastLookAt === undefined ? {} : { evidenceAt: source.lastLookAt };
  if (source.frozen !== undefined) {
    const { code, since } = source.frozen;
    return {
      type,
      status: 'False',
      reason: code,
      message: said(source.frozen),
      since,
      ...evidence,
    };
  }
  if (source.problem !== undefined) {
    const { code, since } = source.problem;
    const message = `${said(source.problem)} What is in force stays.`;
    return { type, status: 'False', reason: code, message, since, ...evidence };
  }
  if (isStale(source, now)) {
    const message = 'The repository was not looked at for too long.';
    return { type, status: 'Unknown', reason: 'SourceStale', message, ...evidence };
  }
  return { type, status: 'True', reason: 'Fresh', message: 'It was just looked at.', ...evidence };
}

function said({ message, hint }: SourceTrouble): string {
  return hint === undefined ? message : `${message} ${hint}`;
}

function accepted(record: SourceRecord | undefined): Condition {
  const type = 'CommitInForce';
  if (record === undefined) {
    return { type, status: 'Unknown', reason: 'NoCommit', message: 'No commit was accepted yet.' };
  }
  const since = record.appliedAt;
  if (record.holdReason !== undefined) {
    const { code, message } = record.holdReason;
    return { type, status: 'False', reason: code, message, since };
  }
  if (record.held.length > 0) {
    const message = `${counted(record.held.length, 'object')} held: the last good revision stays in force. All others are as in Git.`;
    return { type, status: 'False', reason: 'ObjectsHeld', message, since };
  }
  return { type, status: 'True', reason: 'Applied', message: 'All of it is in force.', since };
}
