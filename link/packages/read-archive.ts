/** Reads a package (tar.gz) within limits, and hands every allowed entry to a sink. */

import { pipeline } from 'node:stream/promises';
import { createGunzip, type Gunzip } from 'node:zlib';
import { ArchiveEntries, refusal, type AllowedEntry } from './archive-entries.ts';
import type { ArchiveLimits } from './archive-limits.ts';
import { parseArchive } from './archive-parser.ts';
import { BlockReader } from './block-reader.ts';

/** Where the entries go. Paths were checked; parents of a file may come after it or never. */
export interface ArchiveSink {
  directory(entry: AllowedEntry): Promise<void>;
  /** Must read `content` to its end. */
  file(entry: AllowedEntry, content: AsyncIterable<Buffer>): Promise<void>;
}

export interface ArchiveSummary {
  readonly files: number;
  readonly unpackedBytes: number;
}

const headerBytesMax = 4 * 1024;

export interface ReadArchiveOptions {
  readonly limits: ArchiveLimits;
  readonly signal?: AbortSignal;
}

/** Takes everything and keeps nothing: to find out whether a package would unpack. */
export const discardingSink: ArchiveSink = {
  async directory() {},
  async file(_entry, content) {
    const chunks = content[Symbol.asyncIterator]();
    while ((await chunks.next()).done !== true);
  },
};

/** Throws one of the `ARCHIVE_…` codes; what the sink has got by then is to be thrown away. */
export async function readArchive(
  packed: AsyncIterable<Uint8Array>,
  sink: ArchiveSink,
  options: ReadArchiveOptions,
): Promise<ArchiveSummary> {
  const entries = new ArchiveEntries(options.limits);
  const gunzip = createGunzip({ chunkSize: 64 * 1024 });
  try {
    await pipeline(
      packed,
      gunzip,
      (unpacked: AsyncIterable<Buffer>) => limited(unpacked, gunzip, options.limits),
      (unpacked: AsyncIterable<Buffer>) => readEntries(new BlockReader(unpacked), entries, sink),
      options.signal === undefined ? {} : { signal: options.signal },
    );
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!code.startsWith('Z_')) throw error;
    throw refusal('ARCHIVE_DAMAGED', 'It is not whole gzip data.', error);
  }
  if (entries.files === 0) throw refusal('ARCHIVE_EMPTY', 'It holds no file.');
  return { files: entries.files, unpackedBytes: entries.unpackedBytes };
}

/** Stops a bomb while it unpacks, whatever its headers declare. */
async function* limited(
  unpacked: AsyncIterable<Buffer>,
  gunzip: Gunzip,
  limits: ArchiveLimits,
): AsyncGenerator<Buffer> {
  // Headers and padding of the entries come on top of their content.
  const bytesMax = limits.unpackedBytesMax + limits.entriesMax * headerBytesMax;
  let bytes = 0;
  for await (const chunk of unpacked) {
    bytes += chunk.length;
    if (bytes > bytesMax)
      throw refusal('ARCHIVE_TOO_LARGE', `It unpacks to more than ${bytesMax} bytes.`);
    if (bytes > limits.ratioFromBytes && bytes > limits.ratioMax * gunzip.bytesWritten) {
      throw refusal('ARCHIVE_RATIO', `It unpacks to more than ${limits.ratioMax} times its size.`);
    }
    yield chunk;
  }
}

async function readEntries(
  blocks: BlockReader,
  entries: ArchiveEntries,
  sink: ArchiveSink,
): Promise<void> {
  try {
    for await (const { header, content } of parseArchive(blocks)) {
      const entry = entries.allow(header);
      if (entry.type === 'directory') await sink.directory(entry);
      else await sink.file(entry, content);
    }
  } finally {
    await blocks.close();
  }
}
