/** An example as a child process, and what a person at the terminal would do with it. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { simpleGit } from 'simple-git';
import { eventually } from '../agent/eventually.ts';

const root = join(import.meta.dirname, '..', '..', '..');

export class RunningFleet {
  readonly repository: string;
  readonly #child: ChildProcess;
  #output = '';

  private constructor(folder: string, example: string) {
    this.repository = join(folder, 'repository');
    this.#child = spawn(
      process.execPath,
      [join(root, 'cluster-examples', example, 'start.ts'), '--folder', folder, '--port', '0'],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
  }

  /** Resolves when the table says that all run. */
  static async start(folder: string, example = 'quickstart'): Promise<RunningFleet> {
    const fleet = new RunningFleet(folder, example);
    await fleet.says('Stop everything with Ctrl-C', 60_000);
    return fleet;
  }

  get output(): string {
    return this.#output;
  }

  get url(): string {
    return /controller on (http:\S+?),/.exec(this.#output)?.[1] ?? '';
  }

  /** Ports of a service's instances, as the first table shows them. */
  ports(service: string): number[] {
    const rows = this.#output.split('\n').filter((line) => line.startsWith(service));
    return rows.flatMap((row) => {
      const port = /127\.0\.0\.1:(\d+)/.exec(row)?.[1];
      return port === undefined ? [] : [Number(port)];
    });
  }

  async says(text: string, withinMs = 20_000, from = 0): Promise<void> {
    await eventually(
      () => {
        if (this.#child.exitCode !== null) throw new Error(`it ended:\n${this.#output}`);
        return this.#output.includes(text, from) || undefined;
      },
      () => `the terminal does not say ${text}:\n${this.#output.slice(from)}`,
      withinMs,
    );
  }

  async edit(file: string, from: string, to: string, message: string): Promise<void> {
    const path = join(this.repository, file);
    const text = readFileSync(path, 'utf8');
    if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
    writeFileSync(path, text.replace(from, to));
    await simpleGit(this.repository).commit(message, [file]);
  }

  async revert(): Promise<void> {
    await simpleGit(this.repository).raw(['revert', '--no-edit', 'HEAD']);
  }

  /** Ctrl-C. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGINT');
    await once(this.#child, 'exit');
  }

  /** Its output has no reader any more, and it is told so. */
  async closeTerminal(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
    this.#child.kill('SIGHUP');
    await exited;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}
