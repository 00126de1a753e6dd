/** Follows a system call trace, and makes what a power loss may leave on the disk at any of its points. */

import { join } from 'node:path';
import type { Random } from '../../support/replica/seeded-random.ts';

interface Change {
  readonly at: number;
  /** `undefined` cuts the file at `at`. */
  readonly data: Buffer | undefined;
}

interface TracedFile {
  synced: Buffer;
  /** Changes since the last sync of the file: each may be lost, or torn between sectors. */
  changes: Change[];
  /** Names are durable only after a sync of the directory. */
  name: 'synced' | 'new' | 'removed';
}

const SECTOR_BYTES = 512;
const callPattern = /^\d+ +(\w+)\((.*)\) += (\d+)/;

/**
 * The lines of a trace in the order in which the calls ended. Where another thread's call came in
 * between, strace tells a call in two lines: here they are one again.
 */
export function* callsOf(trace: string): Generator<string> {
  const unfinished = new Map<string, string>();
  for (const line of trace.split('\n')) {
    const [thread = ''] = line.split(' ', 1);
    const [, begin] = /^(.*?) *<unfinished \.\.\.>$/.exec(line) ?? [];
    const [, end] = /^\d+ +<\.\.\. \w+ resumed>(.*)$/.exec(line) ?? [];
    if (begin !== undefined) unfinished.set(thread, begin);
    else if (end === undefined) yield line;
    else yield `${unfinished.get(thread) ?? ''}${end}`;
  }
}

/** The arguments of a call as strace -y -xx prints them. */
function decode(hex: string | undefined): string {
  return Buffer.from((hex ?? '').replaceAll('\\x', ''), 'hex').toString('latin1');
}

/** Paths of descriptors come plain or in hexadecimal, depending on the version of strace. */
function pathOf(text: string | undefined): string {
  return text?.startsWith('\\x') === true ? decode(text) : (text ?? '');
}

function change(content: Buffer, { at, data }: Change): Buffer {
  const length = data === undefined ? at : Math.max(content.length, at + data.length);
  const changed = Buffer.alloc(length);
  content.copy(changed);
  data?.copy(changed, at);
  return changed;
}

export class TracedDisk {
  readonly #directory: string;
  readonly #files = new Map<string, TracedFile>();
  readonly #output: string;
  /** What the process wrote to its output so far. */
  written = '';

  constructor(directory: string, output: string) {
    this.#directory = directory;
    this.#output = output;
  }

  /** Follows one line of the trace. Returns whether the disk changed. */
  follow(line: string): boolean {
    const [, call, args = ''] = callPattern.exec(line) ?? [];
    if (call === 'openat') return this.#open(args);
    if (call === 'unlink') return this.#remove(decode(/^"([^"]*)"/.exec(args)?.[1]));
    const [, path, rest = ''] = /^\d+<([^>]*)>(?:, )?(.*)$/.exec(args) ?? [];
    if (call === undefined || path === undefined) return false;
    return this.#change(call, pathOf(path), rest);
  }

  /** The files as a power loss may leave them now. */
  image(random: Random): Map<string, Buffer> {
    const image = new Map<string, Buffer>();
    for (const [path, { synced, changes, name }] of this.#files) {
      if (name !== 'synced' && random(2) === 0) continue;
      let content = synced;
      for (const one of changes.flatMap((whole) => fate(whole, random)))
        content = change(content, one);
      image.set(path.slice(this.#directory.length + 1), content);
    }
    return image;
  }

  #open(args: string): boolean {
    const [, hex, flags = ''] = /, "([^"]*)", ([A-Z_|]+)/.exec(args) ?? [];
    const path = decode(hex);
    if (!flags.includes('O_CREAT') || !path.startsWith(join(this.#directory, '/'))) return false;
    const file = this.#files.get(path);
    if (file === undefined || file.name === 'removed') {
      this.#files.set(path, { synced: Buffer.alloc(0), changes: [], name: 'new' });
    } else if (flags.includes('O_TRUNC')) file.changes.push({ at: 0, data: undefined });
    return true;
  }

  #remove(path: string): boolean {
    const file = this.#files.get(path);
    if (file !== undefined) file.name = 'removed';
    return file !== undefined;
  }

  #change(call: string, path: string, rest: string): boolean {
    const [, hex, position] = /^"([^"]*)"(?:\.\.\.)?, \d+(?:, (\d+))?/.exec(rest) ?? [];
    if (path === this.#output) {
      this.written += decode(hex);
      return false;
    }
    if (path === this.#directory && call === 'fsync') return this.#syncNames();
    const file = this.#files.get(path);
    if (file === undefined) return false;
    if (call === 'fsync' || call === 'fdatasync') {
      file.synced = file.changes.reduce(change, file.synced);
      file.changes = [];
    } else if (call === 'ftruncate') file.changes.push({ at: Number(rest), data: undefined });
    else file.changes.push({ at: Number(position ?? 0), data: Buffer.from(decode(hex), 'latin1') });
    return true;
  }

  #syncNames(): boolean {
    for (const [path, file] of this.#files) {
      if (file.name === 'removed') this.#files.delete(path);
      else file.name = 'synced';
    }
    return true;
  }
}

/** A change that was not synced happened, was lost, or happened in some sectors. */
function fate(whole: Change, random: Random): Change[] {
  const lot = random(4);
  if (lot === 0) return [];
  if (lot > 1 || whole.data === undefined) return [whole];
  const parts: Change[] = [];
  for (let start = 0; start < whole.data.length; start += SECTOR_BYTES) {
    const data = whole.data.subarray(start, start + SECTOR_BYTES);
    if (random(2) === 0) parts.push({ at: whole.at + start, data });
  }
  return parts;
}
