/**
 * Drives the streaming parser of the `tar` package, strictly: whatever two programs might read
 * differently is refused. It gets a block at a time between entries, so that the little it does not
 * notice can be looked at beside it: bytes behind a NUL, half an end, and what pax headers hide.
 */

import { Header, Parser, type ReadEntry } from 'tar';
import { printable, refusal, type EntryHeader } from './archive-entries.ts';
import { blockBytes, truncated, type BlockReader } from './block-reader.ts';
import { ExtendedHeaders } from './extended-headers.ts';

export interface ArchiveEntry {
  readonly header: EntryHeader;
  /** To be read to its end before the next entry is asked for. */
  readonly content: AsyncIterable<Buffer>;
}

/** Long names and pax headers; beyond this nothing sensible is written in them. */
const metaBytesMax = 64 * 1024;

export async function* parseArchive(blocks: BlockReader): AsyncGenerator<ArchiveEntry> {
  const parser = new ListenedParser();
  const extended = new ExtendedHeaders();
  for (;;) {
    const block = await blocks.one();
    parser.write(block);
    if (parser.isNullBlock) break;
    const entry = parser.takeEntry();
    if (entry === undefined) {
      await readExtended({ block, blocks, parser, extended });
      continue;
    }
    const header = headerOf(entry);
    if (header.type !== 'other') {
      extended.compare(entry);
      refuseBytesBehindNul(block, header);
    }
    yield { header, content: contentOf(entry, blocks, parser) };
    if (entry.blockRemain > 0) throw new Error(`content of ${header.path} was not read`);
  }
  parser.write(await blocks.one());
  if (!parser.isEnd) throw truncated();
  await blocks.onlyZeros();
}

/** The library calls back in the middle of its work: what it says is kept and judged afterwards. */
class ListenedParser {
  isNullBlock = false;
  isEnd = false;
  readonly #parser: Parser;
  #isFirst = true;
  #entry: ReadEntry | undefined;
  #content: Buffer[] = [];
  #problem: Error | undefined;

  constructor() {
    const options = { strict: true, maxMetaEntrySize: metaBytesMax, brotli: false, zstd: false };
    this.#parser = new Parser(options)
      .on('entry', (entry: ReadEntry) => {
        this.#entry = entry;
        entry.on('data', (chunk) => this.#content.push(chunk));
      })
      .on('ignoredEntry', (entry: ReadEntry) => {
        this.#entry = entry;
      })
      .on('nullBlock', () => {
        this.isNullBlock = true;
      })
      .on('eof', () => {
        this.isEnd = true;
      })
      .on('error', (error: Error) => {
        this.#problem ??= error;
      });
  }

  /** Whole blocks; everything they lead to has happened when this returns. */
  write(blocks: Buffer): void {
    // The library would unpack gzip by itself, out of reach of our limits.
    if (this.#isFirst && blocks.readUInt16BE(0) === 0x1f8b) {
      throw refusal('ARCHIVE_DAMAGED', 'It is packed twice.');
    }
    this.#isFirst = false;
    this.#parser.write(blocks);
    if (this.#problem === undefined) return;
    const why = this.#problem.message.replace(/^TAR_\w+: /, '');
    throw refusal('ARCHIVE_DAMAGED', `It is not a whole tar archive: ${why}.`, this.#problem);
  }

  /** The entry that began with what was written last. */
  takeEntry(): ReadEntry | undefined {
    const entry = this.#entry;
    this.#entry = undefined;
    return entry;
  }

  takeContent(): readonly Buffer[] {
    const content = this.#content;
    this.#content = [];
    return content;
  }
}

interface ExtendedHeader {
  readonly block: Buffer;
  readonly blocks: BlockReader;
  readonly parser: ListenedParser;
  readonly extended: ExtendedHeaders;
}

async function readExtended({ block, blocks, parser, extended }: ExtendedHeader): Promise<void> {
  const { type, size } = new Header(block);
  if (size === undefined) throw refusal('ARCHIVE_DAMAGED', 'A header has no valid size.');
  const body = await blocks.exactly(Math.ceil(size / blockBytes) * blockBytes);
  extended.add(type, body.subarray(0, size));
  // As a whole: the library decodes each piece by itself, and would break a character in two.
  if (size > 0) parser.write(body);
}

async function* contentOf(
  entry: ReadEntry,
  blocks: BlockReader,
  parser: ListenedParser,
): AsyncGenerator<Buffer> {
  while (entry.blockRemain > 0) {
    parser.write(await blocks.atMost(entry.blockRemain));
    yield* parser.takeContent();
  }
}

function headerOf(entry: ReadEntry): EntryHeader {
  if (entry.meta) {
    throw refusal('ARCHIVE_TOO_DEEP', `A name in it has ${entry.size} bytes.`);
  }
  if (entry.header.size === undefined) {
    throw refusal('ARCHIVE_DAMAGED', 'A header has no valid size.');
  }
  const typeName: string = entry.type;
  const type = typeName === 'Directory' ? 'directory' : isFile(typeName) ? 'file' : 'other';
  return {
    type,
    typeName: typeName.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase(),
    path: entry.path,
    mode: entry.mode ?? 0,
    sizeBytes: type === 'directory' ? 0 : entry.size,
  };
}

function isFile(typeName: string): boolean {
  return typeName === 'File' || typeName === 'OldFile';
}

/** Programs disagree on what follows a NUL in a name. */
function refuseBytesBehindNul(block: Buffer, header: EntryHeader): void {
  const name = block.subarray(0, 100);
  const end = name.indexOf(0);
  if (end === -1 || name.subarray(end).every((byte) => byte === 0)) return;
  const shown = printable(header.path);
  throw refusal('ARCHIVE_NAME_INVALID', `The name ${shown} has a NUL byte in it.`);
}
