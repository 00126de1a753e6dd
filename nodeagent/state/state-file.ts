/** A JSON file with a checksum in its first line, so that damage is noticed and never believed. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFileAtomic, writeFileAtomicLater } from './atomic-file.ts';

export type StateFileContent<T> =
  | { readonly kind: 'none' }
  | { readonly kind: 'damaged'; readonly why: string }
  | { readonly kind: 'value'; readonly value: T };

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** `format` names what is inside and its version, such as `targets-1`. */
export function writeStateFile(path: string, format: string, value: unknown): void {
  writeFileAtomic(path, textOf(format, value));
}

/** The same without keeping the agent from other work; the value is taken as it is now. */
export function writeStateFileLater(path: string, format: string, value: unknown): Promise<void> {
  return writeFileAtomicLater(path, textOf(format, value));
}

function textOf(format: string, value: unknown): string {
  const body = JSON.stringify(value);
  return `tarsier ${format} sha256:${sha256(body)}\n${body}\n`;
}

/** The value is of the type that was written under this format; the checksum vouches for it. */
export function readStateFile<T>(path: string, format: string): StateFileContent<T> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT'
      ? { kind: 'none' }
      : { kind: 'damaged', why: `cannot be read (${code})` };
  }
  const headEnd = text.indexOf('\n');
  const [, writtenFormat, checksum] = text.slice(0, headEnd).split(' ');
  const body = text.slice(headEnd + 1, -1);
  if (writtenFormat !== format) return { kind: 'damaged', why: `has no line "tarsier ${format}"` };
  if (checksum !== `sha256:${sha256(body)}`)
    return { kind: 'damaged', why: 'has a wrong checksum' };
  return { kind: 'value', value: JSON.parse(body) as T };
}
