/**
 * Reads the entries of a tar stream, strictly: ustar, pax and GNU long names; whatever two programs
 * might read differently is refused. The header block itself is decoded by the `tar` package.
 */

import { Header } from 'tar';
import { printable, refusal, type EntryHeader } from './archive-entries.ts';
import type { ByteReader } from './byte-reader.ts';
import { readPaxRecords } from './pax-records.ts';

export interface TarEntry {
  readonly header: EntryHeader;
  /** To be read to its end before the next entry is asked for. */
  readonly content: AsyncIterable<Buffer>;
}

const blockBytes = 512;
const chunkBytes = 64 * 1024;
/** Long names and pax headers; beyond this nothing sensible is written in them. */
const metaBytesMax = 64 * 1024;

/** What pax and GNU blocks said about the entry that follows them. */
interface Overrides {
  path?: string;
  sizeBytes?: number;
}

export async function* readTarEntries(reader: ByteReader): AsyncGenerator<TarEntry> {
  let overrides: Overrides = {};
  for (;;) {
    const header = await readHeader(reader);
    if (header === undefined) break;
    const type = header.type;
    if (type === 'ExtendedHeader' || type === 'OldExtendedHeader') {
      overrides = mergeOnce(overrides, paxOverrides(await readMeta(reader, header)));
    } else if (type === 'GlobalExtendedHeader') {
      refuseGlobalOverrides(await readMeta(reader, header));
    } else if (type === 'NextFileHasLongPath' || type === 'OldGnuLongPath') {
      overrides = mergeOnce(overrides, { path: longName(await readMeta(reader, header)) });
    } else if (type === 'NextFileHasLongLinkpath') {
      await readMeta(reader, header);
    } else {
      yield* entryOf(reader, header, overrides);
      overrides = {};
    }
  }
  await refuseTrailingBytes(reader);
}

async function* entryOf(
  reader: ByteReader,
  raw: Header,
  overrides: Overrides,
): AsyncGenerator<TarEntry> {
  const header = entryHeader(raw, overrides);
  let left = header.sizeBytes;
  async function* content(): AsyncGenerator<Buffer> {
    while (left > 0) {
      const chunk = await reader.some(Math.min(left, chunkBytes));
      if (chunk === undefined) throw truncated();
      left -= chunk.length;
      yield chunk;
    }
  }
  yield { header, content: content() };
  if (left > 0) throw new Error(`content of ${header.path} was not read`);
  await skipPadding(reader, header.sizeBytes);
}

/** The next header, or `undefined` at the two blocks of zeros that end an archive. */
async function readHeader(reader: ByteReader): Promise<Header | undefined> {
  const block = await reader.exactly(blockBytes);
  if (block.length < blockBytes) throw truncated();
  if (isZero(block)) {
    const second = await reader.exactly(blockBytes);
    if (second.length !== blockBytes || !isZero(second)) throw truncated();
    return undefined;
  }
  const header = new Header(block);
  if (!header.cksumValid) throw refusal('ARCHIVE_DAMAGED', 'A header has a wrong checksum.');
  if (header.size === undefined || !Number.isSafeInteger(header.size)) {
    throw refusal('ARCHIVE_DAMAGED', 'A header has no valid size.');
  }
  refuseBytesBehindNul(block, header);
  return header;
}

/** Programs disagree on what follows a NUL in a name. */
function refuseBytesBehindNul(block: Buffer, header: Header): void {
  const name = block.subarray(0, 100);
  const end = name.indexOf(0);
  if (end !== -1 && !isZero(name.subarray(end))) {
    const shown = printable(String(header.path));
    throw refusal('ARCHIVE_NAME_INVALID', `The name ${shown} has a NUL byte in it.`);
  }
}

function entryHeader(raw: Header, overrides: Overrides): EntryHeader {
  const typeName = String(raw.type);
  const type = typeName === 'Directory' ? 'directory' : isFile(typeName) ? 'file' : 'other';
  return {
    type,
    typeName: typeName.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase(),
    path: overrides.path ?? raw.path ?? '',
    mode: raw.mode ?? 0,
    sizeBytes: type === 'directory' ? 0 : (overrides.sizeBytes ?? raw.size ?? 0),
  };
}

function isFile(typeName: string): boolean {
  return typeName === 'File' || typeName === 'OldFile';
}

async function readMeta(reader: ByteReader, header: Header): Promise<Buffer> {
  const sizeBytes = header.size ?? 0;
  if (sizeBytes > metaBytesMax) {
    throw refusal('ARCHIVE_TOO_DEEP', `A name in it has ${sizeBytes} bytes.`);
  }
  const meta = Buffer.from(await reader.exactly(sizeBytes));
  if (meta.length < sizeBytes) throw truncated();
  await skipPadding(reader, sizeBytes);
  return meta;
}

function paxOverrides(meta: Buffer): Overrides {
  const records = readPaxRecords(meta);
  const sparse = [...records.keys()].find((key) => key.startsWith('GNU.sparse'));
  if (sparse !== undefined) {
    throw refusal('ARCHIVE_ENTRY_TYPE', 'It holds a sparse file; pack without `--sparse`.');
  }
  const path = records.get('path');
  const size = records.get('size');
  if (size !== undefined && !/^\d{1,15}$/.test(size)) {
    throw refusal('ARCHIVE_DAMAGED', 'A pax header has no valid size.');
  }
  return {
    ...(path !== undefined && { path }),
    ...(size !== undefined && { sizeBytes: Number(size) }),
  };
}

/** `git archive` writes a comment in a global header; a path or a size for all files is an attack. */
function refuseGlobalOverrides(meta: Buffer): void {
  const records = readPaxRecords(meta);
  for (const key of ['path', 'size', 'linkpath']) {
    if (records.has(key)) {
      throw refusal('ARCHIVE_DAMAGED', `A global pax header sets the ${key} of every file.`);
    }
  }
}

function longName(meta: Buffer): string {
  const end = meta.indexOf(0);
  if (end !== -1 && !isZero(meta.subarray(end))) {
    throw refusal('ARCHIVE_NAME_INVALID', 'A long name has a NUL byte in it.');
  }
  return meta.subarray(0, end === -1 ? meta.length : end).toString('utf8');
}

/** Two headers that both name the same entry would be read differently by different programs. */
function mergeOnce(first: Overrides, second: Overrides): Overrides {
  if (first.path !== undefined && second.path !== undefined) {
    throw refusal('ARCHIVE_DAMAGED', 'An entry has two long names.');
  }
  if (first.sizeBytes !== undefined && second.sizeBytes !== undefined) {
    throw refusal('ARCHIVE_DAMAGED', 'An entry has two sizes.');
  }
  return { ...first, ...second };
}

async function skipPadding(reader: ByteReader, sizeBytes: number): Promise<void> {
  const padding = (blockBytes - (sizeBytes % blockBytes)) % blockBytes;
  const skipped = await reader.exactly(padding);
  if (skipped.length < padding) throw truncated();
}

/** Also reads to the end, so that the checksum of gzip is verified. */
async function refuseTrailingBytes(reader: ByteReader): Promise<void> {
  for (;;) {
    const chunk = await reader.some(chunkBytes);
    if (chunk === undefined) return;
    if (!isZero(chunk)) throw refusal('ARCHIVE_DAMAGED', 'There are bytes behind its end.');
  }
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

function truncated(): Error {
  return refusal('ARCHIVE_DAMAGED', 'It ends too early.');
}
