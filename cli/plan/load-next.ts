/** Loads and resolves what a plan is about: a working tree, or a commit of a repository here. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { CommitLoader } from '../../controller/source/commit-loader.ts';
import { readCommit } from '../../controller/source/read-commit.ts';
import type { ReadSource } from '../../spec/fault-output/place-fault.ts';
import { readDirectory } from '../../spec/read/read-directory.ts';
import { readSourceText, readTextFile } from '../../spec/read/read-text-file.ts';
import { limits } from '../../spec/read/limits.ts';
import { resolveRepository } from '../../spec/resolve/resolve-repository.ts';
import type { Resolved } from '../../spec/resolve/resolved.ts';

export interface NextState {
  readonly resolved: Resolved;
  /** For the frames of faults. */
  readonly readSource: ReadSource;
}

export async function loadWorkingTree(repository: string, path: string): Promise<NextState> {
  const root = join(repository, path);
  const files = await readDirectory(root);
  const resolved = resolveRepository({
    files: new Map(files.map((file) => [file.path, file])),
    readText: (file) => readTextFile(root, file),
    hash,
  });
  return { resolved, readSource: (file) => readSourceText(root, file) };
}

/** As the controller would see the commit. */
export async function loadCommit(
  repository: string,
  ref: string,
  path: string,
): Promise<NextState> {
  const opened = await readCommit(repository, ref, path);
  try {
    const loader = new CommitLoader((objectId, bytesMax) => opened.content(objectId, bytesMax));
    const { files, readText } = await loader.load(opened.snapshot);
    const resolved = resolveRepository({ files, readText, hash });
    const texts = new Map<string, string>();
    for (const { place, related = [] } of resolved.faults) {
      for (const { path: name } of [place, ...related.map((other) => other.place)]) {
        const blobId = files.get(name)?.blobId;
        const named = blobId === undefined ? readText(name) : undefined;
        if (named?.state === 'text') texts.set(name, named.text);
        if (texts.has(name) || blobId === undefined || blobId === '') continue;
        const bytes = await opened.content(blobId, limits.fileBytesMax).catch(() => undefined);
        if (bytes !== undefined) texts.set(name, new TextDecoder().decode(bytes));
      }
    }
    return { resolved, readSource: (name) => texts.get(name) };
  } finally {
    opened.close();
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
