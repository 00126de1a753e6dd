/** Finds the folder of a Tars.js program and the file that it begins with. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

/** What a package without a usable `main` is tried with (tars-contract §4.6). */
const usualEntries = ['server.js', 'app.js', 'start.js', 'index.js'];
const DEPTH_MAX = 4;

/** Where the first package.json is that belongs to the program itself, nearest first; else `bin`. */
export function findAppFolder(bin: string): string {
  let level = [bin];
  for (let depth = 0; depth <= DEPTH_MAX; depth += 1) {
    const found = level.find((folder) => isFile(join(folder, 'package.json')));
    if (found !== undefined) return found;
    level = level.flatMap((folder) => subfolders(folder));
  }
  return bin;
}

export interface Entry {
  /** `undefined`: none of `tried` is there. */
  readonly path: string | undefined;
  readonly tried: readonly string[];
}

/** The entry is never outside the folder. */
export function findEntry(folder: string): Entry {
  const tried = [...entriesInManifest(folder), ...usualEntries];
  for (const entry of tried) {
    const path = resolve(folder, entry);
    if (relative(folder, path).startsWith('..')) continue;
    const file = [path, `${path}.js`, join(path, 'index.js')].find((one) => isFile(one));
    if (file !== undefined) return { path: file, tried };
  }
  return { path: undefined, tried };
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .filter((name) => name !== 'node_modules' && name !== 'tars_nodejs')
      .toSorted()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function entriesInManifest(folder: string): readonly string[] {
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (typeof parsed !== 'object' || parsed === null) return [];
    const { main, nodeAgent } = parsed as { main?: unknown; nodeAgent?: { main?: unknown } | null };
    return [nodeAgent?.main, main].filter((entry) => typeof entry === 'string');
  } catch {
    return [];
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
