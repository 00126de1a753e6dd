/** Every path below a folder with its kind, mode and content: what the world looks like. */

import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

export async function treeOf(root: string, folder = ''): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const name of (await readdir(join(root, folder))).toSorted()) {
    const path = folder === '' ? name : `${folder}/${name}`;
    const found = await lstat(join(root, path));
    const mode = (found.mode & 0o7777).toString(8).padStart(4, '0');
    if (found.isDirectory()) {
      lines.push(`${mode} ${path}/`, ...(await treeOf(root, path)));
    } else if (found.isSymbolicLink()) {
      lines.push(`link ${path} -> ${await readlink(join(root, path))}`);
    } else if (found.isFile()) {
      const digest = createHash('sha256')
        .update(await readFile(join(root, path)))
        .digest('hex');
      lines.push(`${mode} ${path} ${digest.slice(0, 12)}`);
    } else {
      lines.push(`special ${path}`);
    }
  }
  return lines;
}
