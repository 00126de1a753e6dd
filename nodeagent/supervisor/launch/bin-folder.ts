/** Finds the folder in a release that TARS calls `bin`: packages wrap it in folders of their own. */

import { readdirSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { releaseMarkerName } from '../../../link/packages/archive-entries.ts';

/** Parts of a program: the folder around them is `bin`, also when there is nothing else in it. */
const inside: ReadonlySet<string> = new Set([
  'BOOT-INF',
  'META-INF',
  'WEB-INF',
  'conf',
  'lib',
  'node_modules',
  'src',
  'tars_nodejs',
]);
const DEPTH_MAX = 8;

/** As TARS: down, while a folder holds exactly one folder and nothing else (tars-contract §8.1). */
export function findBinFolder(releaseFolder: string): string {
  let folder = releaseFolder;
  for (let depth = 0; depth < DEPTH_MAX; depth += 1) {
    const [only, ...others] = entriesOf(folder);
    if (only === undefined || others.length > 0) return folder;
    if (!only.isDirectory() || inside.has(only.name)) return folder;
    folder = join(folder, only.name);
  }
  return folder;
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter(({ name }) => name !== releaseMarkerName);
  } catch {
    return [];
  }
}
