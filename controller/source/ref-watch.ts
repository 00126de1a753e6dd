/** Watches a repository on this machine, so that a commit is noticed at once. */

import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { watch } from 'chokidar';

/** Files right in the git folder that say where branches stand. */
const telling = new Set(['HEAD', 'packed-refs']);
/** Folders whose whole content says so. */
const tellingFolders = ['refs/heads', 'reftable'];

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

/** The folder with the branches of the repository at `path`: bare, with a work tree, or linked. */
async function commonGitFolder(path: string): Promise<string | undefined> {
  const inner = join(path, '.git');
  if (await isFolder(inner)) return inner;
  const pointer = await readFile(inner, 'utf8').catch(() => undefined);
  if (pointer === undefined) return (await isFolder(path)) ? path : undefined;
  const named = pointer.replace(/^gitdir: /, '').trim();
  const linked = isAbsolute(named) ? named : resolve(path, named);
  const common = await readFile(join(linked, 'commondir'), 'utf8').catch(() => undefined);
  return common === undefined ? linked : resolve(linked, common.trim());
}

/**
 * Calls `onChange` after a branch of the repository at `path` may have moved: too often rather than
 * too rarely. Resolves when the watch is in place; returns how to end it.
 */
export async function watchRefs(path: string, onChange: () => void): Promise<() => Promise<void>> {
  const gitFolder = await commonGitFolder(path);
  if (gitFolder === undefined) return async () => undefined;
  const isTelling = (entry: string): boolean => {
    if (entry === gitFolder) return true;
    const name = entry.slice(gitFolder.length + 1);
    if (name.endsWith('.lock')) return false;
    return (
      telling.has(name) ||
      tellingFolders.some(
        (folder) =>
          name === folder || name.startsWith(`${folder}/`) || folder.startsWith(`${name}/`),
      )
    );
  };
  const watcher = watch(gitFolder, {
    ignored: (entry) => !isTelling(entry),
    ignoreInitial: true,
    followSymlinks: false,
    atomic: false,
  });
  watcher.on('all', onChange);
  // A watch that fails costs seconds, not correctness: the poll goes on.
  watcher.on('error', () => undefined);
  await new Promise<void>((ready) => {
    watcher.once('ready', ready);
  });
  return () => watcher.close();
}
