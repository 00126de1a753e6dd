/** The network between members: real network namespaces with a cable each, or loopback, which nobody can cut. */

import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { hasProgram } from './has-program.ts';

export interface MemberNetwork {
  /** Address of the member. */
  readonly host: string;
  /** What its processes are started with. */
  readonly launcher: readonly string[];
}

export interface ClusterNetwork {
  readonly members: readonly MemberNetwork[];
  /** Pulls the cable of a member, or puts it back. Absent on loopback. */
  plug?(member: number, isIn: boolean): void;
}

/** Ended with the test. */
export function openNetwork(memberCount: number): ClusterNetwork {
  const members = Array.from({ length: memberCount }, () => ({ host: '127.0.0.1', launcher: [] }));
  if (process.getuid?.() !== 0 || !hasProgram('ip', 'iproute2')) return { members };
  try {
    return openNamespaces(memberCount);
  } catch (error) {
    process.stderr.write(`chaos: no network namespaces here (${String(error).split('\n')[0]})\n`);
    return { members };
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}

function openNamespaces(memberCount: number): ClusterNetwork {
  const mark = `${process.pid}-${randomInt(1_000)}`;
  // Of the range for measurements of networks (RFC 2544).
  const subnet = `198.18.${randomInt(1, 255)}`;
  const hub = `tarsier-${mark}-hub`;
  const made = [hub];
  onTestFinished(() => {
    for (const name of made) execFileSync('ip', ['netns', 'delete', name], { stdio: 'pipe' });
  });
  const own = `ts${mark}`.slice(0, 15);
  ip('netns', 'add', hub);
  const inHub = (...args: readonly string[]) => ip('-n', hub, ...args);
  inHub('link', 'add', 'bridge', 'type', 'bridge', 'forward_delay', '0');
  inHub('link', 'set', 'bridge', 'up');
  ip('link', 'add', own, 'type', 'veth', 'peer', 'name', 'test', 'netns', hub);
  ip('address', 'add', `${subnet}.254/24`, 'dev', own);
  ip('link', 'set', own, 'up');
  inHub('link', 'set', 'test', 'master', 'bridge', 'up');
  const members = Array.from({ length: memberCount }, (_, at) => {
    const namespace = `tarsier-${mark}-${at}`;
    const host = `${subnet}.${at + 1}`;
    ip('netns', 'add', namespace);
    made.push(namespace);
    inHub('link', 'add', `m${at}`, 'type', 'veth', 'peer', 'name', 'cable', 'netns', namespace);
    inHub('link', 'set', `m${at}`, 'master', 'bridge', 'up');
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
    ip('-n', namespace, 'address', 'add', `${host}/24`, 'dev', 'cable');
    ip('-n', namespace, 'link', 'set', 'cable', 'up');
    return { host, launcher: ['ip', 'netns', 'exec', namespace] };
  });
  return {
    members,
    plug: (member, isIn) => inHub('link', 'set', `m${member}`, isIn ? 'up' : 'down'),
  };
}
