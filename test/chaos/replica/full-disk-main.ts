/**
 * Writes to a log and to blobs until the disk takes no more, asks for space, and goes on. Started
 * under a limit of the file size; prints one line of JSON.
 */

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isTarsierError } from '../../../errors/tarsier-error.ts';
import { openEmbeddedBlobs } from '../../../replica/drivers/embedded/embedded-blobs.ts';
import { openEmbeddedLog } from '../../../replica/drivers/embedded/embedded-log.ts';

const [, , directory = ''] = process.argv;
/** The limit is a signal first; only a process that handles it sees the failed write. */
process.on('SIGXFSZ', () => {});

const log = await openEmbeddedLog({ directory: join(directory, 'log') });
const blobs = await openEmbeddedBlobs({ directory: join(directory, 'blobs') });
const acknowledged: string[] = [];
const refused: string[] = [];
const codes = new Set<string>();

function codeOf(error: unknown): string {
  return isTarsierError(error) ? error.code : String(error);
}

async function append(commandId: string): Promise<void> {
  try {
    await log.append({ commandId, payload: new Uint8Array(3_000).fill(5) });
    acknowledged.push(commandId);
  } catch (error) {
    codes.add(codeOf(error));
    refused.push(commandId);
  }
}

async function* content(sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < sizeBytes; sent += 65_536) yield new Uint8Array(65_536);
}

for (let index = 0; refused.length < 20 && index < 10_000; index += 1) {
  const batch = Array.from({ length: 4 }, (_, position) => append(`command-${index}-${position}`));
  await Promise.all(batch);
}
const blobCode = await blobs.put(content(5_000_000)).then(() => 'stored', codeOf);
const leftBehind = readdirSync(join(directory, 'blobs', 'incoming'));
const readable = (await log.read(1, 100_000)).length;
const acknowledgedWhenFull = acknowledged.length;

spawnSync('bash', ['-c', `prlimit --pid ${process.pid} --fsize=unlimited:unlimited`]);
for (const commandId of refused.splice(0)) await append(commandId);
const blobCodeLater = await blobs.put(content(5_000_000)).then(() => 'stored', codeOf);
await log.close();

process.stdout.write(
  JSON.stringify({
    acknowledged,
    acknowledgedWhenFull,
    readable,
    refusedLater: refused,
    codes: [...codes].toSorted(),
    blobCode,
    blobCodeLater,
    leftBehind,
  }),
);
