/** Three controllers started as an operator would, each with a nats-server of its own, to be killed. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { MembersResource } from '../../../registry/status/member-resources.ts';
import {
  findRunningServers,
  signalServer,
} from '../../../replica/drivers/jetstream/server/process-table.ts';
import { eventually } from '../agent/eventually.ts';
import { freePorts } from '../engine/free-ports.ts';
import { tarsctl, type Answer } from './tarsctl.ts';

const bin = join(import.meta.dirname, '..', '..', '..', 'bin', 'tarsctl.js');
const startMsMax = 90_000;

export type MemberName = 'a' | 'b' | 'c';
const names: readonly MemberName[] = ['a', 'b', 'c'];

export interface RunningClusterOptions {
  readonly folder: string;
  readonly repository: string;
  readonly natsServer: string;
  readonly members?: readonly MemberName[];
}

export class RunningCluster {
  readonly #options: RunningClusterOptions;
  readonly members: readonly MemberName[];
  readonly #apiPorts = new Map<MemberName, number>();
  readonly #processes = new Map<MemberName, ChildProcess>();

  private constructor(options: RunningClusterOptions) {
    this.#options = options;
    this.members = options.members ?? names;
  }

  /** Makes the files; nothing runs yet. Whatever runs in the end is killed with the test. */
  static async init(options: RunningClusterOptions): Promise<RunningCluster> {
    const cluster = new RunningCluster(options);
    const ports = await freePorts(3 * cluster.members.length);
    const wishes = cluster.members.flatMap((name, at) => {
      const own = ports.slice(3 * at, 3 * at + 3);
      cluster.#apiPorts.set(name, own[0] ?? 0);
      return ['--member', `${name}=127.0.0.1:${own.join(':')}`];
    });
    const out = join(options.folder, 'cluster');
    const { exitCode, stderr } = await tarsctl([
      'cluster',
      'init',
      '--name',
      'test',
      '--out',
      out,
      ...wishes,
    ]);
    if (exitCode !== 0) throw new Error(stderr);
    onTestFinished(() => cluster.killAll());
    return cluster;
  }

  fileOf(member: MemberName): string {
    return join(this.#options.folder, 'cluster', `${member}.cluster.json`);
  }

  get ca(): string {
    return join(this.#options.folder, 'cluster', 'ca.pem');
  }

  dataOf(member: MemberName): string {
    return join(this.#options.folder, member);
  }

  urlOf(member: MemberName): string {
    return `https://127.0.0.1:${this.#apiPorts.get(member)}`;
  }

  logOf(member: MemberName): string {
    return readFileSync(join(this.#options.folder, `${member}.log`), 'utf8');
  }

  start(member: MemberName): ChildProcess {
    const { folder, repository, natsServer } = this.#options;
    const log = openSync(join(folder, `${member}.log`), 'a');
    const child = spawn(
      process.execPath,
      [
        bin,
        '--data',
        this.dataOf(member),
        'controller',
        '--cluster',
        this.fileOf(member),
        '--repo',
        repository,
        '--nats-server',
        natsServer,
        '--locator',
        'off',
        '--poll',
        '1',
      ],
      { stdio: ['ignore', 'ignore', log] },
    );
    closeSync(log);
    this.#processes.set(member, child);
    return child;
  }

  async startAll(): Promise<void> {
    for (const member of this.members) this.start(member);
    for (const member of this.members) await this.untilUp(member);
  }

  async untilUp(member: MemberName): Promise<void> {
    await eventually(
      async () => (await this.tarsctl(member, 'controller', 'members')).exitCode === 0,
      () => `controller ${member} does not answer:\n${this.logOf(member).slice(-4_000)}`,
      startMsMax,
    );
  }

  /** As a person on the member's machine. */
  tarsctl(member: MemberName, ...args: string[]): Promise<Answer> {
    return tarsctl(['--data', this.dataOf(member), ...args], {
      server: this.urlOf(member),
      env: { NODE_EXTRA_CA_CERTS: this.ca },
    });
  }

  async membersAt(member: MemberName): Promise<MembersResource | undefined> {
    const { stdout, exitCode } = await this.tarsctl(member, 'controller', 'members', '-o', 'json');
    return exitCode === 0 ? (JSON.parse(stdout) as MembersResource) : undefined;
  }

  /** As the member sees it. */
  async leaderAt(member: MemberName): Promise<MemberName | undefined> {
    const seen = await this.membersAt(member);
    return seen?.items.find(({ role }) => role === 'leader')?.name as MemberName | undefined;
  }

  /** Resolves to the exit status. */
  async stop(member: MemberName): Promise<number | null> {
    const child = this.#processes.get(member);
    if (child === undefined || child.exitCode !== null) return child?.exitCode ?? null;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
    return child.exitCode;
  }

  async ended(member: MemberName): Promise<number | null> {
    const child = this.#processes.get(member);
    if (child !== undefined && child.exitCode === null) await once(child, 'exit');
    return child?.exitCode ?? null;
  }

  /** Controller and engine at once, as when the machine loses power. */
  async kill(member: MemberName): Promise<void> {
    const child = this.#processes.get(member);
    const exited = child !== undefined && child.exitCode === null ? once(child, 'exit') : undefined;
    child?.kill('SIGKILL');
    await exited;
    for (const server of findRunningServers(this.dataOf(member))) signalServer(server, 'SIGKILL');
  }

  async killAll(): Promise<void> {
    for (const member of this.members) await this.kill(member);
  }
}
