/** Bytes of a spec file → text, or the fault that keeps them from being one. */

import type { Fault } from '../fault.ts';
import { limits } from './limits.ts';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
const byteOrderMark = '\uFEFF';

export function decodeText(path: string, bytes: Uint8Array): string | Fault {
  if (bytes.length > limits.fileBytesMax) return tooLarge(path, bytes.length);
  let text: string;
  try {
    text = strict.decode(bytes);
  } catch {
    return notUtf8(path, bytes);
  }
  if (text.startsWith(byteOrderMark)) {
    return {
      code: 'SPEC_BYTE_ORDER_MARK',
      severity: 'error',
      message: 'the file begins with a byte order mark',
      place: { path, range: { start: 0, end: 1 } },
      hint: 'save it as UTF-8 without byte order mark (BOM)',
    };
  }
  return text;
}

/** Also for callers that know the size before they read. */
export function tooLarge(path: string, sizeBytes: number): Fault {
  const kilobytes = Math.ceil(sizeBytes / 1024).toLocaleString('en');
  return {
    code: 'SPEC_FILE_TOO_LARGE',
    severity: 'error',
    message: `the file has ${kilobytes} KB; a spec file has at most ${limits.fileBytesMax / 1024} KB`,
    place: { path },
    hint: 'split it: objects may stand in any number of files; long texts go to files that `file:` names',
  };
}

function notUtf8(path: string, bytes: Uint8Array): Fault {
  const text = lenient.decode(bytes);
  const again = new TextEncoder().encode(text);
  const at = bytes.findIndex((byte, index) => byte !== again[index]);
  const start = lenient.decode(bytes.subarray(0, at)).length;
  const utf16 =
    (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return {
    code: 'SPEC_NOT_UTF8',
    severity: 'error',
    message: utf16
      ? 'the file is UTF-16, not UTF-8'
      : `byte ${at + 1} of the file is not valid UTF-8`,
    place: { path, range: { start, end: start + 1 } },
    hint: 'save it as UTF-8',
  };
}
