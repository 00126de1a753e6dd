/** Reads single files of a working tree: no links, no devices, nothing large. */

import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TextFile } from '../resolve/resolved.ts';
import { limits } from './limits.ts';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
/** Opening a pipe must not wait for somebody to write into it. */
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * A file that an object names with `file:`; `undefined` when there is no such file. `path` is
 * relative to `root`, and has no `..`.
 */
export function readTextFile(root: string, path: string): TextFile | undefined {
  const bytes = readBytes(root, path);
  if (bytes === undefined) return undefined;
  if (bytes === 'link' || bytes === 'too-large') return { state: 'refused', reason: bytes };
  const text = decode(bytes);
  if (text === undefined) return { state: 'refused', reason: 'binary' };
  return { state: 'text', blobId: createHash('sha1').update(bytes).digest('hex'), text };
}

/** The text of a spec file for the frames of its faults, whatever is wrong with it. */
export function readSourceText(root: string, path: string): string | undefined {
  const bytes = readBytes(root, path);
  return bytes instanceof Uint8Array ? lenient.decode(bytes) : undefined;
}

function readBytes(root: string, path: string): Uint8Array | 'link' | 'too-large' | undefined {
  const parts = path.split('/');
  try {
    for (const index of parts.keys()) {
      const found = lstatSync(join(root, ...parts.slice(0, index + 1)));
      if (found.isSymbolicLink()) return 'link';
    }
    return readRegularFile(join(root, ...parts));
  } catch (error) {
    // Between looking and opening, the file became a link.
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') return 'link';
    return undefined;
  }
}

function readRegularFile(file: string): Uint8Array | 'too-large' | undefined {
  const descriptor = openSync(file, openFlags);
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile()) return undefined;
    return found.size > limits.textFileBytesMax ? 'too-large' : readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    const text = strict.decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}
