/** Waits until enough members hold a blob, or says who kept it from a majority. */

import { isTarsierError, TarsierError } from '../../../errors/tarsier-error.ts';
import type { Digest } from '../../core/blobs.ts';

export interface PeerOutcome {
  readonly peer: string;
  readonly done: Promise<void>;
}

/** How many others must hold it, beside this member. */
export function othersNeeded(memberCount: number): number {
  return Math.floor(memberCount / 2);
}

/** `BLOB_NO_MAJORITY` as soon as fewer than `needed` can still succeed. */
export async function waitForMajority(
  digest: Digest,
  outcomes: readonly PeerOutcome[],
  memberCount: number,
): Promise<void> {
  const needed = othersNeeded(memberCount);
  const failures = new Map<string, unknown>();
  let succeeded = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = (): void => {
    if (succeeded >= needed) resolve();
    else if (outcomes.length - failures.size < needed) {
      reject(noMajority(digest, succeeded + 1, memberCount, failures));
    }
  };
  const watch = async ({ peer, done }: PeerOutcome): Promise<void> => {
    try {
      await done;
      succeeded += 1;
    } catch (error) {
      failures.set(peer, error);
    }
    look();
  };
  for (const outcome of outcomes) void watch(outcome);
  look();
  return promise;
}

function noMajority(
  digest: Digest,
  held: number,
  memberCount: number,
  failures: ReadonlyMap<string, unknown>,
): TarsierError {
  const reasons = [...failures].map(([peer, error]) => `${peer}: ${reasonOf(error)}`);
  const names = reasons.length === 0 ? 'the other members are not known' : reasons.join('; ');
  return new TarsierError(
    'BLOB_NO_MAJORITY',
    `Blob ${digest} is held by ${held} of ${memberCount} members, which is no majority (${names}). Bring them back, then send it again.`,
    { details: { digest, held, memberCount, unreachable: [...failures.keys()].toSorted() } },
  );
}

export function reasonOf(error: unknown): string {
  if (isTarsierError(error)) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
