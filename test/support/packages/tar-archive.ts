/** Builds tar archives by hand, so that they may be as wrong as an attacker wants them. */

import { gzipSync } from 'node:zlib';

export interface RawEntry {
  readonly path: string | Buffer;
  /** Type flag of the header: `0` file, `5` directory, `2` symbolic link, … */
  readonly type?: string;
  readonly mode?: number;
  readonly content?: string | Buffer;
  readonly linkPath?: string;
  /** What the header claims, when it is not the truth. */
  readonly claimedBytes?: number;
  /** Damages the checksum. */
  readonly badChecksum?: boolean;
}

const blockBytes = 512;

export function header(entry: RawEntry): Buffer {
  const block = Buffer.alloc(blockBytes);
  const content = Buffer.from(entry.content ?? '');
  Buffer.from(entry.path).copy(block, 0, 0, 100);
  block.write(octal(entry.mode ?? 0o644, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(entry.claimedBytes ?? content.length, 11), 124);
  block.write(octal(0, 11), 136);
  block.write(entry.type ?? '0', 156);
  block.write(entry.linkPath ?? '', 157, 100);
  block.write('ustar\u000000', 257);
  block.fill(' ', 148, 156);
  let sum = 0;
  for (let index = 0; index < blockBytes; index += 1) sum += block.readUInt8(index);
  block.write(`${octal(sum + (entry.badChecksum === true ? 1 : 0), 6)}\0 `, 148);
  return block;
}

export function rawTar(entries: readonly RawEntry[]): Buffer {
  const blocks: Buffer[] = [];
  for (const entry of entries) {
    const content = Buffer.from(entry.content ?? '');
    blocks.push(header(entry), content, padding(content.length));
  }
  blocks.push(Buffer.alloc(2 * blockBytes));
  return Buffer.concat(blocks);
}

export function tgz(entries: readonly RawEntry[]): Buffer {
  return gzipSync(rawTar(entries));
}

/** A pax header that sets the fields of the entry behind it (or of all, with type `g`). */
export function pax(fields: Readonly<Record<string, string>>, type = 'x'): RawEntry {
  const records = Object.entries(fields).map(([key, value]) => paxRecord(key, value));
  return { path: 'PaxHeader/x', type, content: Buffer.concat(records) };
}

/** A GNU long name for the entry behind it. */
export function longName(path: string): RawEntry {
  return { path: '././@LongLink', type: 'L', content: `${path}\0` };
}

function paxRecord(key: string, value: string): Buffer {
  const body = Buffer.from(` ${key}=${value}\n`);
  let length = body.length + 1;
  while (String(length).length + body.length !== length) length += 1;
  return Buffer.concat([Buffer.from(String(length)), body]);
}

function padding(bytes: number): Buffer {
  return Buffer.alloc((blockBytes - (bytes % blockBytes)) % blockBytes);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}
