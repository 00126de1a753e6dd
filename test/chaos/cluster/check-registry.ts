/** Replays the log of the registry: fencing tokens never fall, and what came late changed nothing. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { decodeRegistryCommand } from '../../../registry/codec.ts';
import type { RegistryState } from '../../../registry/model.ts';
import { registryMachine } from '../../../registry/registry-machine.ts';
import type { Log, LogEntry } from '../../../replica/core/log.ts';
import { SnapshotKeeper } from '../../../replica/core/snapshot-keeper.ts';
import { readRecord } from '../../../replica/core/snapshot-format.ts';
import { openEmbeddedBlobs } from '../../../replica/drivers/embedded/embedded-blobs.ts';
import { openEmbeddedLog } from '../../../replica/drivers/embedded/embedded-log.ts';
import { readAll } from './check-log.ts';
import type { ChaosMember } from './chaos-member.ts';

export interface Replayed {
  readonly faults: readonly string[];
  /** Entries whose command carried the token of a leader that was replaced. */
  readonly late: readonly number[];
  /** How often the leader changed. */
  readonly terms: number;
  /** Of the state after so many entries. */
  readonly digests: ReadonlyMap<number, string>;
}

/** The copy of a member that was stopped; of a log that was trimmed, from its newest snapshot on. */
export async function replayRegistry(
  member: ChaosMember,
  digestsAt: readonly number[],
): Promise<Replayed> {
  const directory = join(member.settings.dataDir, 'registry', 'copy');
  const log = await openEmbeddedLog({ directory });
  try {
    const entries = await readAll(log);
    return replay(await beginning(log, entries, member), entries, digestsAt);
  } finally {
    await log.close();
  }
}

function replay(
  { state, sequence: begin }: Beginning,
  entries: readonly LogEntry[],
  digestsAt: readonly number[],
): Replayed {
  const faults: string[] = [];
  const late: number[] = [];
  const digests = new Map<number, string>();
  let terms = 0;
  for (const entry of entries.filter(({ sequence }) => sequence > begin)) {
    const { sequence } = entry;
    if (readRecord(entry) === undefined) {
      const command = decodeRegistryCommand(entry.payload);
      const token = 'fencingToken' in command ? command.fencingToken : undefined;
      const before = state.fencingToken;
      const isLate = token !== undefined && token < before;
      const bytes = isLate ? digestOf(state) : undefined;
      const result = registryMachine.apply(state, command, sequence);
      if (isLate) late.push(sequence);
      if (isLate && (result.accepted || digestOf(state) !== bytes)) {
        faults.push(`entry ${sequence} had token ${token} after ${before}, and had an effect`);
      }
      if (state.fencingToken < before) faults.push(`the token fell at entry ${sequence}`);
      if (state.fencingToken > before) terms += 1;
    }
    if (digestsAt.includes(sequence)) digests.set(sequence, digestOf(state));
  }
  return { faults, late, terms, digests };
}

interface Beginning {
  readonly state: RegistryState;
  readonly sequence: number;
}

async function beginning(
  log: Log,
  entries: readonly LogEntry[],
  { settings }: ChaosMember,
): Promise<Beginning> {
  if (entries[0]?.sequence === 1) return { state: registryMachine.initial(), sequence: 0 };
  const directory = join(settings.dataDir, 'registry', 'snapshots');
  const keeper = new SnapshotKeeper(log, await openEmbeddedBlobs({ directory }));
  const snapshot = await keeper.load(await log.head());
  if (snapshot === undefined) throw new Error('the log was trimmed, and there is no snapshot');
  console.log(`the log of the registry was trimmed: replayed from entry ${snapshot.sequence} on`);
  return { state: registryMachine.decodeState(snapshot.state), sequence: snapshot.sequence };
}

function digestOf(state: RegistryState): string {
  return createHash('sha256').update(registryMachine.encodeState(state)).digest('hex');
}
