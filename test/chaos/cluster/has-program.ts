/** Programs of the operating system that some faults need. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const installMsMax = 120_000;

/** As root it is installed from the package lists when it is not there; says in a line what it did. */
export function hasProgram(name: string, aptPackage: string): boolean {
  if (isOnPath(name)) return true;
  if (process.getuid?.() === 0) {
    const args = ['install', '--yes', '--no-install-recommends', aptPackage];
    spawnSync('apt-get', args, { timeout: installMsMax, stdio: 'ignore' });
  }
  const isThere = isOnPath(name);
  const outcome = isThere ? `installed ${aptPackage} with apt-get` : `no ${name} on this machine`;
  process.stderr.write(`chaos: ${outcome}\n`);
  return isThere;
}

function isOnPath(name: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => existsSync(join(folder, name)));
}
