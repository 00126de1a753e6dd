/** Who listens on a port of this machine, for messages that name the culprit. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTEN = '0A';

/** Inodes of the sockets that listen on a TCP port, by port. */
export function listeningSockets(): Map<number, string> {
  const sockets = new Map<number, string>();
  for (const table of ['tcp', 'tcp6']) {
    let text: string;
    try {
      text = readFileSync(`/proc/net/${table}`, 'latin1');
    } catch {
      continue;
    }
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/ +/);
      const [, local = '', , state] = fields;
      if (state !== LISTEN) continue;
      sockets.set(Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16), fields[9] ?? '');
    }
  }
  return sockets;
}

/** Such as `pid 812 (nginx)`; without the right to look, only that somebody does. */
export function describeOwner(inode: string): string {
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const links = readdirSync(`/proc/${pid}/fd`);
      if (links.some((link) => readlinkSync(`/proc/${pid}/fd/${link}`) === `socket:[${inode}]`)) {
        return `pid ${pid} (${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()})`;
      }
    } catch {
      // Gone in the meantime, or not ours to look at.
    }
  }
  return 'another process';
}
