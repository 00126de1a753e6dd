/** Decides which entries of an archive are allowed: names, types, modes, counts and duplicates. */

import { TarsierError } from '../../errors/tarsier-error.ts';
import type { ArchiveLimits } from './archive-limits.ts';

export interface EntryHeader {
  readonly type: 'file' | 'directory' | 'other';
  /** What it is, for messages: `symbolic link`, `block device`. */
  readonly typeName: string;
  /** As it stands in the archive. */
  readonly path: string;
  readonly mode: number;
  readonly sizeBytes: number;
}

export interface AllowedEntry {
  readonly type: 'file' | 'directory';
  /** Relative, without `.`, `..`, empty components or a slash at the end; '' is the root. */
  readonly path: string;
  readonly executable: boolean;
  readonly sizeBytes: number;
}

/** Belongs to the agent: it marks a release that is complete. */
export const releaseMarkerName = '.tarsier-release.json';

const nameBytesMax = 255;
const specialBits = 0o7000;
/** C0, DEL, C1 controls, and what makes a name read differently than it is. */
const unsafeCharacters =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffd\\]/;

/** Remembers what it allowed, so that no two entries can mean the same file. One per archive. */
export class ArchiveEntries {
  /** By the path as a case-insensitive, normalising file system sees it. */
  readonly #seen = new Map<string, { path: string; type: 'file' | 'directory'; listed: boolean }>();
  /** Spared a second look: most entries lie in a directory that was claimed before. */
  readonly #directories = new Set<string>();
  readonly #limits: ArchiveLimits;
  #entries = 0;
  #files = 0;
  #unpackedBytes = 0;

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  get files(): number {
    return this.#files;
  }

  get unpackedBytes(): number {
    return this.#unpackedBytes;
  }

  /** Returns the entry in its safe form, or throws one of the `ARCHIVE_…` codes. */
  allow(header: EntryHeader): AllowedEntry {
    this.#entries += 1;
    if (this.#entries > this.#limits.entriesMax) {
      throw refusal(
        'ARCHIVE_TOO_MANY_ENTRIES',
        `It has more than ${this.#limits.entriesMax} entries.`,
      );
    }
    if (header.type === 'other') {
      const what = `${printable(header.path)} is a ${header.typeName}`;
      throw refusal('ARCHIVE_ENTRY_TYPE', `${what}; only files and directories are allowed.`);
    }
    const path = safePath(header.path, this.#limits);
    if (header.type === 'file') this.#checkFile(header, path);
    this.#claim(path, header.type);
    return {
      type: header.type,
      path,
      executable: (header.mode & 0o111) !== 0,
      sizeBytes: header.sizeBytes,
    };
  }

  #checkFile(header: EntryHeader, path: string): void {
    if (path === '') throw refusal('ARCHIVE_NAME_INVALID', 'A file has no name.');
    if ((header.mode & specialBits) !== 0) {
      const mode = (header.mode & 0o7777).toString(8);
      throw refusal('ARCHIVE_SPECIAL_BITS', `${printable(path)} has mode ${mode}.`);
    }
    this.#files += 1;
    this.#unpackedBytes += header.sizeBytes;
    if (this.#unpackedBytes > this.#limits.unpackedBytesMax) {
      throw refusal(
        'ARCHIVE_TOO_LARGE',
        `Its files have more than ${this.#limits.unpackedBytesMax} bytes.`,
      );
    }
  }

  /** Tar lists a directory before, after or never with its files: parents are claimed on the way. */
  #claim(path: string, type: 'file' | 'directory'): void {
    let slash = path.indexOf('/');
    while (slash !== -1) {
      const parent = path.slice(0, slash);
      if (!this.#directories.has(parent)) this.#claimOne(parent, 'directory', false);
      slash = path.indexOf('/', slash + 1);
    }
    this.#claimOne(path, type, true);
  }

  #claimOne(path: string, type: 'file' | 'directory', listed: boolean): void {
    const key = path.normalize('NFC').toLowerCase();
    const before = this.#seen.get(key);
    if (before === undefined) {
      this.#seen.set(key, { path, type, listed });
      if (type === 'directory') this.#directories.add(path);
      return;
    }
    const sameDirectory =
      before.path === path && before.type === 'directory' && type === 'directory';
    if (!sameDirectory || (listed && before.listed)) {
      const other = before.path === path ? 'twice' : `and ${printable(before.path)}`;
      throw refusal('ARCHIVE_DUPLICATE_ENTRY', `It holds ${printable(path)} ${other}.`);
    }
    before.listed ||= listed;
  }
}

/** Checks a path and takes off `./` and the slash of a directory. */
export function safePath(raw: string, limits: ArchiveLimits): string {
  if (Buffer.byteLength(raw) > limits.pathBytesMax) {
    throw refusal(
      'ARCHIVE_TOO_DEEP',
      `The path ${printable(raw)} has more than ${limits.pathBytesMax} bytes.`,
    );
  }
  if (raw === '' || unsafeCharacters.test(raw)) {
    throw refusal('ARCHIVE_NAME_INVALID', `The name ${printable(raw)} is not allowed.`);
  }
  if (raw.startsWith('/')) {
    throw refusal('ARCHIVE_PATH_ESCAPES', `The path ${printable(raw)} is absolute.`);
  }
  const path = raw.replace(/^(\.\/)+/, '').replace(/\/$/, '');
  if (path === '' || path === '.') return '';
  const parts = path.split('/');
  if (parts.includes('..')) {
    throw refusal('ARCHIVE_PATH_ESCAPES', `The path ${printable(raw)} leads out of the package.`);
  }
  if (parts.length > limits.depthMax) {
    throw refusal(
      'ARCHIVE_TOO_DEEP',
      `The path ${printable(raw)} has more than ${limits.depthMax} components.`,
    );
  }
  for (const part of parts) checkName(part, raw);
  if (path === releaseMarkerName) {
    throw refusal('ARCHIVE_NAME_INVALID', `The name ${releaseMarkerName} belongs to the agent.`);
  }
  return path;
}

function checkName(name: string, raw: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0 || name === '.' || bytes > nameBytesMax) {
    throw refusal(
      'ARCHIVE_NAME_INVALID',
      `The path ${printable(raw)} has a name that is not allowed.`,
    );
  }
}

type RefusalCode =
  | 'ARCHIVE_DAMAGED'
  | 'ARCHIVE_DUPLICATE_ENTRY'
  | 'ARCHIVE_EMPTY'
  | 'ARCHIVE_ENTRY_TYPE'
  | 'ARCHIVE_NAME_INVALID'
  | 'ARCHIVE_PATH_ESCAPES'
  | 'ARCHIVE_RATIO'
  | 'ARCHIVE_SPECIAL_BITS'
  | 'ARCHIVE_TOO_DEEP'
  | 'ARCHIVE_TOO_LARGE'
  | 'ARCHIVE_TOO_MANY_ENTRIES';

/** The package is named by whoever reads it; this says what is wrong with it. */
export function refusal(code: RefusalCode, reason: string, cause?: unknown): TarsierError {
  return new TarsierError(code, `The package is refused. ${reason}`, { cause });
}

/** A name from an archive as it may appear in a message: short, and without control characters. */
export function printable(text: string): string {
  const short = text.length > 120 ? `${text.slice(0, 100)}…${text.slice(-16)}` : text;
  // JSON escapes C0; the rest of what could deceive a terminal is escaped here.
  return JSON.stringify(short).replaceAll(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
