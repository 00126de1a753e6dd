/** Who listens on a port of this machine, for messages that name the culprit. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isIP } from 'node:net';
import { isEveryAddress } from '../../tars/endpoint/every-address.ts';

const LISTEN = '0A';

export interface ListeningSocket {
  /** As text; `0.0.0.0` and `::` are every address of the machine. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

/** The sockets that listen on a TCP port. */
export function listeningSockets(): readonly ListeningSocket[] {
  const sockets: ListeningSocket[] = [];
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
      const [host = '', port = ''] = local.split(':');
      sockets.push({
        address: readAddress(host),
        port: Number.parseInt(port, 16),
        inode: fields[9] ?? '',
      });
    }
  }
  return sockets;
}

/** Whether listening on `host` is impossible beside that socket. A name may stand for any address. */
export function isInTheWay({ address }: ListeningSocket, host: string): boolean {
  const isAddress = isIP(host) !== 0;
  return !isAddress || isEveryAddress(host) || isEveryAddress(address) || address === host;
}

/** The kernel writes words of 32 bits in the byte order of the machine. */
function readAddress(hex: string): string {
  const bytes = hex.match(/.{8}/g)?.flatMap((word) => word.match(/../g)?.toReversed() ?? []) ?? [];
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  const mapped = bytes.slice(0, 12).join('') === '00000000000000000000FFFF';
  if (mapped) return readAddress(hex.slice(24));
  if (bytes.every((byte) => byte === '00')) return '::';
  const groups = Array.from({ length: 8 }, (_, index) => bytes.slice(2 * index, 2 * index + 2));
  const text = groups.map((group) => Number.parseInt(group.join(''), 16).toString(16)).join(':');
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}

/** Whether one of the processes listens on the port; `undefined` when we may not look at one of them. */
export function listensOn(port: number, pids: readonly number[]): boolean | undefined {
  const answers = listeningSockets()
    .filter((socket) => socket.port === port)
    .flatMap(({ inode }) => pids.map((pid) => holdsSocket(pid, inode)));
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
