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

/** Whether one of the processes listens on the port; `undefined` when we may not look at one of them. */
export function listensOn(port: number, pids: readonly number[]): boolean | undefined {
  const inode = listeningSockets().get(port);
  if (inode === undefined) return false;
  const answers = pids.map((pid) => holdsSocket(pid, inode));
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
}

function holdsSocket(pid: number, inode: string): boolean | undefined {
  const folder = `/proc/${pid}/fd`;
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? false : undefined;
  }
  return names.some((name) => {
    try {
      return readlinkSync(`${folder}/${name}`) === `socket:[${inode}]`;
    } catch {
      return false;
    }
  });
}

/** Such as `pid 812 (nginx)`; without the right to look, only that somebody does. */
export function describeOwner(inode: string): string {
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      if (holdsSocket(Number(pid), inode) === true) {
        return `pid ${pid} (${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()})`;
      }
    } catch {
      // Gone in the meantime, or not ours to look at.
    }
  }
  return 'another process';
}
