/** What is known of the repository and since when: one value, changed by pure functions. */

import type { ErrorCode } from '../../errors/codes.ts';
import type { TarsierError } from '../../errors/tarsier-error.ts';
import type { CommitInfo } from './commit-info.ts';

export interface SourceProblem {
  readonly code: ErrorCode;
  /** What happened. */
  readonly message: string;
  /** What to do. */
  readonly hint?: string;
  /** When this problem began; it may have been met many times since. */
  readonly since: number;
  readonly count: number;
}

/** A rewritten history: nothing of it is taken over until someone says so. */
export interface Frozen extends SourceProblem {
  readonly code: 'SOURCE_REWOUND';
  /** The commit that was taken over last. */
  readonly expected: string;
  /** The head that does not continue it. */
  readonly found: string;
}

export interface SourceStatus {
  /** Without credentials. */
  readonly url: string;
  /** Unknown before the first look if the operator names none. */
  readonly branch: string | undefined;
  readonly path: string;
  /** The newest commit that may be taken over. */
  readonly head: CommitInfo | undefined;
  /** When the repository answered last; the age of all that is said here. */
  readonly lastLookAt: number | undefined;
  /** Why the last look failed; the last good state stays in force. */
  readonly problem: SourceProblem | undefined;
  readonly frozen: Frozen | undefined;
}

const DELAY_FACTOR_MAX = 16;

/** The same problem again keeps when it began. */
export function problemOf(
  before: SourceProblem | undefined,
  error: TarsierError,
  now: number,
): SourceProblem {
  const { code, message, hint } = error;
  return { code, message, ...(hint !== undefined && { hint }), ...countProblem(before, code, now) };
}

function countProblem(before: SourceProblem | undefined, code: string, now: number) {
  return before?.code === code
    ? { since: before.since, count: before.count + 1 }
    : { since: now, count: 1 };
}

export function lookFailed(status: SourceStatus, error: TarsierError, now: number): SourceStatus {
  return { ...status, problem: problemOf(status.problem, error, now) };
}

/** The repository answered, whatever came of it. */
export function lookAnswered(status: SourceStatus, branch: string, now: number): SourceStatus {
  return { ...status, branch, lastLookAt: now };
}

/** The head may be taken over. */
export function headAccepted(status: SourceStatus, head: CommitInfo): SourceStatus {
  return { ...status, head, problem: undefined, frozen: undefined };
}

/** The head does not continue what was taken over. */
export function headRewound(
  status: SourceStatus,
  commits: { readonly expected: string; readonly found: string },
  now: number,
): SourceStatus {
  const { expected, found } = commits;
  const known = status.frozen?.found === found && status.frozen.expected === expected;
  const frozen: Frozen = {
    code: 'SOURCE_REWOUND',
    message:
      `The history of ${status.branch ?? 'the branch'} was rewritten: ${found} does not continue ` +
      `${expected}, which was taken over last. Nothing of it is taken over; what is in force stays.`,
    hint:
      `To go back: push ${expected} again. To keep the new history: make a merge that continues ` +
      `both (git merge -s ours ${expected}), or run: tarsctl source accept ${found}`,
    expected,
    found,
    ...countProblem(known ? status.frozen : undefined, 'SOURCE_REWOUND', now),
  };
  return { ...status, problem: undefined, frozen };
}

/**
 * How long to wait before the next look, in ms. Refused credentials are tried less and less often,
 * because hosts lock out who repeats them.
 */
export function nextLookMs(status: SourceStatus, pollMs: number): number {
  if (status.problem?.code !== 'SOURCE_AUTH_FAILED') return pollMs;
  return pollMs * Math.min(DELAY_FACTOR_MAX, 2 ** (status.problem.count - 1));
}
