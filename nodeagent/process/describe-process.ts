/** What a process is doing at this moment, for the message about killing it. */

import { readFileSync } from 'node:fs';

/** Such as `sleeping in do_epoll_wait, 11 threads, 43 MB`; empty when it is gone. */
export function describeProcess(pid: number): string {
  const status = read(`/proc/${pid}/status`);
  if (status === '') return '';
  const field = (name: string): string =>
    new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
  const state = /\((.*)\)/.exec(field('State'))?.[1] ?? field('State');
  const channel = read(`/proc/${pid}/wchan`).trim();
  const place = channel === '' || channel === '0' ? '' : ` in ${channel}`;
  const megabytes = Math.round(Number.parseInt(field('VmRSS'), 10) / 1024);
  return `${state}${place}, ${field('Threads')} threads, ${Number.isNaN(megabytes) ? 0 : megabytes} MB`;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
