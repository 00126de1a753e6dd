/** Brings this member's copy in line with what is wanted. */

import { isTarsierError } from '../../../errors/tarsier-error.ts';
import type { Digest } from '../../core/blobs.ts';
import type { EmbeddedBlobs } from '../embedded/embedded-blobs.ts';

export interface RepairOptions {
  /** Reads what is here, too, and replaces what is damaged. */
  readonly verify?: boolean;
}

export interface RepairReport {
  readonly fetched: readonly Digest[];
  /** What is still not here, and why. */
  readonly missing: readonly { readonly digest: Digest; readonly error: unknown }[];
}

export interface RepairPorts {
  readonly local: EmbeddedBlobs;
  readonly fetch: (digest: Digest) => Promise<void>;
  readonly fetchesMax: number;
}

export async function repairBlobs(
  wanted: Iterable<Digest>,
  { verify = false }: RepairOptions,
  ports: RepairPorts,
): Promise<RepairReport> {
  const fetched: Digest[] = [];
  const missing: { digest: Digest; error: unknown }[] = [];
  const queue = new Set(wanted).values();
  const work = async (): Promise<void> => {
    for (const digest of queue) {
      try {
        if (await isHere(digest, verify, ports.local)) continue;
        await ports.fetch(digest);
        fetched.push(digest);
      } catch (error) {
        missing.push({ digest, error });
      }
    }
  };
  await Promise.all(Array.from({ length: ports.fetchesMax }, work));
  return { fetched, missing };
}

async function isHere(digest: Digest, verify: boolean, local: EmbeddedBlobs): Promise<boolean> {
  if (!verify) return (await local.has(digest)) !== undefined;
  try {
    await local.verify(digest);
    return true;
  } catch (error) {
    if (isTarsierError(error) && /^BLOB_(DAMAGED|MISSING)$/.test(error.code)) return false;
    throw error;
  }
}
