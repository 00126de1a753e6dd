/** Reads files that objects of a working tree name with `file:`. */

import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TextFile } from '../resolve/resolved.ts';
import { limits } from './limits.ts';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** `undefined` when there is no such file. `path` is relative to `root`, and has no `..`. */
export function readTextFile(root: string, path: string): TextFile | undefined {
  const parts = path.split('/');
  try {
    for (const [index] of parts.entries()) {
      const found = lstatSync(join(root, ...parts.slice(0, index + 1)));
      if (found.isSymbolicLink()) return { state: 'refused', reason: 'link' };
    }
    return readRegularFile(join(root, ...parts));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    if (code === 'ELOOP') return { state: 'refused', reason: 'link' };
    throw error;
  }
}

function readRegularFile(file: string): TextFile | undefined {
  const descriptor = openSync(file, openFlags);
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile()) return undefined;
    if (found.size > limits.textFileBytesMax) return { state: 'refused', reason: 'too-large' };
    const bytes = readFileSync(descriptor);
    const text = decode(bytes);
    if (text === undefined) return { state: 'refused', reason: 'binary' };
    return { state: 'text', blobId: createHash('sha1').update(bytes).digest('hex'), text };
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
