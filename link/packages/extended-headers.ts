/**
 * Reads pax headers and GNU long names a second time, strictly. The parser of `tar` reads them line
 * by line and passes over what it does not understand, so other programs may see another name.
 */

import type { ReadEntry } from 'tar';
import { printable, refusal } from './archive-entries.ts';
import { readPaxRecords } from './pax-records.ts';

/** What the headers in front of one entry say about it; only ever refuses. */
export class ExtendedHeaders {
  #path: string | undefined;
  #sizeBytes: number | undefined;

  /** `type` as the parser calls it. */
  add(type: string, body: Buffer): void {
    switch (type) {
      case 'ExtendedHeader':
      case 'OldExtendedHeader':
        return this.#addPax(readPaxRecords(body));
      case 'GlobalExtendedHeader':
        return refuseGlobalOverrides(readPaxRecords(body));
      case 'NextFileHasLongPath':
      case 'OldGnuLongPath':
        return this.#setPath(longName(body));
    }
  }

  /** Refuses the entry when the parser understood something else; then waits for the next one. */
  compare(entry: ReadEntry): void {
    const { path } = entry.extended ?? {};
    if (path !== this.#path) {
      const shown = printable(this.#path ?? path ?? '');
      throw refusal('ARCHIVE_NAME_INVALID', `The name ${shown} can be read in two ways.`);
    }
    const sizeBytes = entry.extended?.size ?? entry.globalExtended?.size;
    if (sizeBytes !== this.#sizeBytes) {
      throw refusal('ARCHIVE_DAMAGED', `${printable(entry.path)} has two sizes.`);
    }
    this.#path = undefined;
    this.#sizeBytes = undefined;
  }

  #addPax(records: ReadonlyMap<string, string>): void {
    for (const key of records.keys()) {
      if (!key.startsWith('GNU.sparse')) continue;
      throw refusal('ARCHIVE_ENTRY_TYPE', 'It holds a sparse file; pack without `--sparse`.');
    }
    const path = records.get('path');
    if (path !== undefined) this.#setPath(path);
    const size = records.get('size');
    if (size === undefined) return;
    if (!/^\d{1,15}$/.test(size)) {
      throw refusal('ARCHIVE_DAMAGED', 'A pax header has no valid size.');
    }
    if (this.#sizeBytes !== undefined) throw refusal('ARCHIVE_DAMAGED', 'An entry has two sizes.');
    this.#sizeBytes = Number(size);
  }

  /** Two headers that both name the same entry would be read differently by different programs. */
  #setPath(path: string): void {
    if (this.#path !== undefined) throw refusal('ARCHIVE_DAMAGED', 'An entry has two long names.');
    this.#path = path;
  }
}

/** `git archive` writes a comment in a global header; a path or a size for all files is an attack. */
function refuseGlobalOverrides(records: ReadonlyMap<string, string>): void {
  for (const key of ['path', 'size', 'linkpath']) {
    if (records.has(key)) {
      throw refusal('ARCHIVE_DAMAGED', `A global pax header sets the ${key} of every file.`);
    }
  }
}

function longName(body: Buffer): string {
  const end = body.indexOf(0);
  if (end !== -1 && body.subarray(end).some((byte) => byte !== 0)) {
    throw refusal('ARCHIVE_NAME_INVALID', 'A long name has a NUL byte in it.');
  }
  return body.subarray(0, end === -1 ? body.length : end).toString('utf8');
}
