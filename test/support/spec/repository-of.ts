/** A repository in memory: file contents → what `resolveRepository` takes. */

import { createHash } from 'node:crypto';
import type { LoadedFile } from '../../../spec/repository.ts';
import { loadFile } from '../../../spec/read/load-file.ts';
import { resolveRepository } from '../../../spec/resolve/resolve-repository.ts';
import type { ResolveInput, Resolved, TextFile } from '../../../spec/resolve/resolved.ts';

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Path → text. Files that end in `.yaml` are spec files; the others are what `file:` names. */
export type Contents = Readonly<Record<string, string>>;

export function loadContents(
  contents: Contents,
  previous: ReadonlyMap<string, LoadedFile> = new Map(),
): ReadonlyMap<string, LoadedFile> {
  const files = new Map<string, LoadedFile>();
  for (const [path, text] of Object.entries(contents)) {
    if (!path.endsWith('.yaml')) continue;
    const blobId = sha256(text);
    const before = previous.get(path);
    const same = before?.blobId === blobId;
    files.set(path, same ? before : loadFile({ path, blobId, bytes: Buffer.from(text) }));
  }
  return files;
}

export function inputOf(
  contents: Contents,
  files: ReadonlyMap<string, LoadedFile> = loadContents(contents),
): ResolveInput {
  const readText = (path: string): TextFile | undefined => {
    const text = Object.hasOwn(contents, path) ? contents[path] : undefined;
    return text === undefined ? undefined : { state: 'text', blobId: sha256(text), text };
  };
  return { files, readText, hash: sha256 };
}

export function resolveContents(contents: Contents): Resolved {
  return resolveRepository(inputOf(contents));
}
