/** Parses the body of a pax header: `<length> <key>=<value>\n`, the length counting the whole record. */

import { refusal } from './archive-entries.ts';

export function readPaxRecords(meta: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  let position = 0;
  while (position < meta.length) {
    const space = meta.indexOf(0x20, position);
    const digits = meta.subarray(position, space).toString('latin1');
    if (space === -1 || !/^[1-9]\d{0,6}$/.test(digits)) throw damaged();
    const end = position + Number(digits);
    if (end > meta.length || meta[end - 1] !== 0x0a) throw damaged();
    const equals = meta.indexOf(0x3d, space);
    if (equals === -1 || equals >= end) throw damaged();
    const key = meta.subarray(space + 1, equals).toString('utf8');
    const value = meta.subarray(equals + 1, end - 1);
    // Extended attributes may be binary and are never used; names may not.
    if (key === 'path' || key === 'size') {
      if (value.includes(0)) {
        throw refusal('ARCHIVE_NAME_INVALID', 'A name in a pax header has a NUL byte in it.');
      }
      if (records.has(key)) throw damaged();
    }
    records.set(key, value.toString('utf8'));
    position = end;
  }
  return records;
}

function damaged(): Error {
  return refusal('ARCHIVE_DAMAGED', 'A pax header is not well-formed.');
}
