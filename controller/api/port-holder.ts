/** Finds the process that listens on a TCP port, where the machine has /proc. */

import { readdir, readFile, readlink } from 'node:fs/promises';

export interface PortHolder {
  readonly pid: number;
  readonly command: string;
}

const listenState = '0A';

/** `undefined` when it cannot be found: another user's process, or no /proc. */
export async function findPortHolder(port: number): Promise<PortHolder | undefined> {
  const sockets = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const inode of await listeningInodes(table, port)) sockets.add(`socket:[${inode}]`);
  }
  if (sockets.size === 0) return undefined;
  for (const entry of await readdir('/proc').catch(() => [])) {
    if (/^\d+$/.test(entry) && (await holdsAny(entry, sockets))) {
      const name = await readFile(`/proc/${entry}/comm`, 'utf8').catch(() => '');
      return { pid: Number(entry), command: name.trim() || 'unknown' };
    }
  }
  return undefined;
}

async function listeningInodes(table: string, port: number): Promise<readonly string[]> {
  const text = await readFile(table, 'utf8').catch(() => '');
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes: string[] = [];
  for (const line of text.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const [, local, , state] = fields;
    const inode = fields[9];
    if (state === listenState && local?.endsWith(suffix) && inode !== undefined) inodes.push(inode);
  }
  return inodes;
}

async function holdsAny(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
    if (sockets.has(target)) return true;
  }
  return false;
}
