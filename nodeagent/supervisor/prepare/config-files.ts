/** Writes an instance's configuration files before a start, and takes away those of the last revision. */

import { chownSync, lstatSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import { writeFileAtomic } from '../../state/atomic-file.ts';
import { readStateFile, writeStateFile } from '../../state/state-file.ts';
import type { RenderedFile } from '../../../spec/desired-state.ts';

export interface ConfigFile extends RenderedFile {
  /** What it replaces stays beside it, as `.bak`. */
  readonly keepPrevious?: boolean;
}

const PREVIOUS_SUFFIX = '.bak';

const LIST_FORMAT = 'config-files-1';

export interface ConfigFolder {
  readonly folder: string;
  /** Beside the folder: which files in it are ours. */
  readonly listPath: string;
  /** Who may read the files, besides the agent's user. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** Files that nobody asked for, such as those a library keeps there, stay. */
export function writeConfigFiles(config: ConfigFolder, files: readonly ConfigFile[]): void {
  const wanted = new Set(files.flatMap((file) => pathsOf(file)));
  const before = readStateFile<readonly string[]>(config.listPath, LIST_FORMAT);
  mkdirSync(config.folder, { recursive: true, mode: 0o755 });
  const known = before.kind === 'value' ? before.value : [];
  // The union first: a crash in between must not leave a file that nobody knows of.
  writeStateFile(config.listPath, LIST_FORMAT, [...new Set([...known, ...wanted])]);
  for (const path of known) {
    if (!wanted.has(path)) removeContained(config.folder, path);
  }
  for (const file of files) {
    if (file.keepPrevious === true) keepPrevious(config, file);
    writeOne(config, containedPath(file.path), file.content);
  }
  writeStateFile(config.listPath, LIST_FORMAT, [...wanted]);
}

function containedPath(path: string): string {
  const normal = normalize(path);
  const outside = normal.startsWith('..') || normal.startsWith(sep) || normal === '.';
  if (outside || path.includes('\0') || normal.endsWith(sep)) throw escapes(path);
  return normal;
}

function pathsOf(file: ConfigFile): readonly string[] {
  const path = containedPath(file.path);
  return file.keepPrevious === true ? [path, `${path}${PREVIOUS_SUFFIX}`] : [path];
}

/** Only what is a file: a service that put something else there is not followed. */
function keepPrevious(config: ConfigFolder, file: ConfigFile): void {
  const path = containedPath(file.path);
  const target = join(config.folder, path);
  if (lstatSync(target, { throwIfNoEntry: false })?.isFile() !== true) return;
  const previous = readFileSync(target, 'utf8');
  if (previous !== file.content) writeOne(config, `${path}${PREVIOUS_SUFFIX}`, previous);
}

function writeOne(config: ConfigFolder, path: string, content: string): void {
  const target = join(config.folder, path);
  makeFolders(config.folder, path);
  writeFileAtomic(target, content, config.owner === undefined ? 0o600 : 0o640);
  if (config.owner !== undefined) chownSync(target, process.getuid?.() ?? 0, config.owner.gid);
}

/** A service could have put a link where a folder is expected; it is never followed. */
function makeFolders(root: string, path: string): void {
  let current = root;
  const parts = dirname(path)
    .split(sep)
    .filter((part) => part !== '.');
  for (const part of parts) {
    current = join(current, part);
    const stat = lstatSync(current, { throwIfNoEntry: false });
    if (stat === undefined) mkdirSync(current, { mode: 0o755 });
    else if (!stat.isDirectory()) throw escapes(path);
  }
}

function removeContained(root: string, path: string): void {
  const parts = dirname(path)
    .split(sep)
    .filter((part) => part !== '.');
  let current = root;
  for (const part of parts) {
    current = join(current, part);
    if (lstatSync(current, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  }
  rmSync(join(root, path), { force: true });
}

function escapes(path: string): TarsierError {
  return new TarsierError(
    'AGENT_PATH_ESCAPES',
    `The configuration file ${JSON.stringify(path)} would be written outside the instance's conf folder. Give it a relative path without ".." and remove links from the folder.`,
  );
}
