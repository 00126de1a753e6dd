/** One member of a cluster under test: its controller and its server as processes that can be hurt. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findRunningServers,
  signalServer,
  type RunningServer,
} from '../../../replica/drivers/jetstream/server/process-table.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { Acknowledgements } from './acknowledgements.ts';
import type { Answers, Kind, MemberSettings, Word } from './member-messages.ts';
import type { MemberNetwork } from './network.ts';
import type { SmallDisk } from './small-disk.ts';

const START_MS_MAX = 90_000;
const ANSWER_MS_MAX = 5_000;
const END_MS_MAX = 40_000;
const script = join(import.meta.dirname, 'member-main.ts');

export interface ChaosMemberOptions {
  readonly name: string;
  readonly at: number;
  readonly url: string;
  readonly settings: MemberSettings;
  readonly network: MemberNetwork;
  readonly disk: SmallDisk;
  /** Of the test: outlives the disk of the member. */
  readonly folder: string;
}

export class ChaosMember {
  readonly name: string;
  /** Its place in the network. */
  readonly at: number;
  readonly url: string;
  readonly settings: MemberSettings;
  readonly disk: SmallDisk;
  readonly host: string;
  readonly acknowledged: Acknowledgements;
  readonly #options: ChaosMemberOptions;
  readonly #logFile: string;
  readonly #waiting = new Map<number, (word: Word) => void>();
  #process: ChildProcess | undefined;
  #ready: Promise<void> = Promise.reject(new Error('not started'));
  #questions = 0;

  constructor(options: ChaosMemberOptions) {
    this.name = options.name;
    this.at = options.at;
    this.url = options.url;
    this.settings = options.settings;
    this.disk = options.disk;
    this.host = options.network.host;
    this.acknowledged = new Acknowledgements(options.settings.acknowledged);
    this.#options = options;
    this.#logFile = join(options.folder, `${options.name}.log`);
    this.#ready.catch(() => {});
  }

  get runs(): boolean {
    const { exitCode, signalCode } = this.#process ?? { exitCode: 0, signalCode: null };
    return exitCode === null && signalCode === null;
  }

  /** Everything that its controllers logged. */
  get log(): string {
    return readFileSync(this.#logFile, 'utf8');
  }

  /** Without waiting for it to be ready. */
  launch(): void {
    const { folder, network, settings, name } = this.#options;
    const settingsFile = join(folder, `${name}.settings.json`);
    writeFileSync(settingsFile, JSON.stringify(settings));
    const output = openSync(this.#logFile, 'a');
    const command = [...network.launcher, process.execPath, script, settingsFile];
    const child = spawn(command[0]!, command.slice(1), {
      stdio: ['ignore', output, output, 'ipc'],
      env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'tarsier-test-compile-cache') },
    });
    closeSync(output);
    this.#process = child;
    this.#ready = new Promise((resolve, reject) => {
      child.on('message', (word: Word) => {
        if ('ready' in word) resolve();
        else this.#waiting.get(word.number)?.(word);
      });
      child.once('exit', (code, signal) => {
        reject(
          new Error(`${name} ended: ${signal ?? code}
${this.lastWords()}`),
        );
      });
    });
    this.#ready.catch(() => {});
  }

  async ready(): Promise<void> {
    let isReady = false;
    void this.#ready.then(
      () => (isReady = true),
      () => {},
    );
    await Promise.race([
      this.#ready,
      eventually(
        () => isReady,
        () => `${this.name} is not ready\n${this.lastWords()}`,
        START_MS_MAX,
      ),
    ]);
  }

  lastWords(): string {
    return this.log.split('\n').slice(-25).join('\n');
  }

  async ask<K extends Kind>(kind: K, value = 0, waitMs = ANSWER_MS_MAX): Promise<Answers[K]> {
    const number = (this.#questions += 1);
    let word: Word | undefined;
    this.#waiting.set(number, (said) => (word = said));
    try {
      if (this.runs) this.#process?.send({ number, kind, value });
      const said = await eventually(
        () => word,
        () => `${this.name} does not answer ${kind}`,
        waitMs,
      );
      if ('failure' in said) throw new Error(`${this.name}: ${said.failure}`);
      return ('answer' in said ? said.answer : undefined) as Answers[K];
    } finally {
      this.#waiting.delete(number);
    }
  }

  signal(signal: NodeJS.Signals): void {
    if (this.runs) this.#process?.kill(signal);
  }

  async ended(): Promise<void> {
    const child = this.#process;
    if (child === undefined || !this.runs) return;
    await Promise.race([
      once(child, 'exit'),
      eventually(
        () => !this.runs,
        () => `${this.name} does not end\n${this.lastWords()}`,
        END_MS_MAX,
      ),
    ]);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended();
  }

  /** In good order, and its server with it. */
  async stop(): Promise<void> {
    this.signal('SIGTERM');
    await this.ended();
  }

  get server(): RunningServer | undefined {
    return findRunningServers(this.settings.dataDir)[0];
  }

  signalServer(signal: NodeJS.Signals): boolean {
    const { server } = this;
    return server !== undefined && signalServer(server, signal);
  }

  /** Both, at once; everything that is on its disk stays. */
  async killAll(): Promise<void> {
    this.signal('SIGKILL');
    this.signalServer('SIGKILL');
    await this.ended();
    await eventually(() => {
      this.signalServer('SIGKILL');
      return this.server === undefined;
    });
  }
}
