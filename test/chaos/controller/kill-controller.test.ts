/** A controller is killed again and again while commits pour in; what it says in the end is Git's word. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../support/agent/eventually.ts';
import { oneNodeFile } from '../../support/git/fleet-files.ts';
import { TestRepository } from '../../support/git/test-repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const child = join(import.meta.dirname, '..', '..', 'support', 'controller', 'controller-child.ts');

function service(name: string, round: number): string {
  return `apiVersion: tarsier/v1
kind: Service
metadata: { name: ${name} }
spec:
  type: process
  placement: [{ nodes: [n1] }]
  env: { ROUND: "${round}" }
  run: { start: sleep 1000 }
`;
}

class KillableController {
  readonly #args: readonly string[];
  #process: ChildProcess | undefined;
  url = '';

  constructor(dataDir: string, repository: string) {
    this.#args = [child, dataDir, repository];
  }

  async start(): Promise<void> {
    const started = spawn(process.execPath, this.#args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process = started;
    if (started.stdout === null) throw new Error('no output');
    const [line] = (await once(createInterface(started.stdout), 'line')) as [string];
    this.url = line;
  }

  /** Without waiting for it to be ready. */
  launch(): void {
    this.#process = spawn(process.execPath, this.#args, { stdio: 'ignore' });
  }

  async kill(): Promise<void> {
    const victim = this.#process;
    if (victim === undefined || victim.exitCode !== null || victim.signalCode !== null) return;
    victim.kill('SIGKILL');
    await once(victim, 'exit');
  }
}

interface Desired {
  readonly commit: string;
  readonly scopes: Readonly<Record<string, string>>;
}

async function desired(url: string): Promise<Desired> {
  return (await (await fetch(`${url}/api/v1/desired`)).json()) as Desired;
}

describe('a controller that is killed during a commit storm', () => {
  it('comes to the state of the last commit, the same as one that was never killed', async () => {
    const folder = await temporaryFolder();
    const repository = new TestRepository(join(folder, 'repository'));
    repository.commitFiles({ 'nodes.yaml': oneNodeFile, 'a.yaml': service('Demo.A', 0) });
    const killed = new KillableController(join(folder, 'killed'), repository.folder);
    for (let round = 1; round <= 8; round += 1) {
      // Every fourth time it is killed while it starts; else at any moment of the storm.
      if (round % 4 === 0) killed.launch();
      else await killed.start();
      const storm = (async () => {
        for (let step = 0; step < 6; step += 1) {
          const extra = (round + step) % 5;
          repository.commitFiles({
            'a.yaml': service('Demo.A', round * 10 + step),
            [`extra-${extra}.yaml`]: service(`Demo.Extra${extra}`, step),
          });
          await delay(40);
        }
      })();
      await delay(Math.random() * 500);
      await killed.kill();
      await storm;
    }
    const head = repository.commitFiles({ 'a.yaml': service('Demo.A', 999) });
    const calm = new KillableController(join(folder, 'calm'), repository.folder);
    try {
      await killed.start();
      await calm.start();
      const states = await Promise.all(
        [killed, calm].map((controller) =>
          eventually(async () => {
            const state = await desired(controller.url);
            return state.commit === head && state;
          }),
        ),
      );
      expect(states[0]?.scopes).toEqual(states[1]?.scopes);
      expect(Object.keys(states[0]?.scopes ?? {})).toHaveLength(6);
      const events = (await (await fetch(`${killed.url}/api/v1/events?limit=1000`)).json()) as {
        items: { reason: string; subject: { name: string } }[];
      };
      const commits = events.items.filter(({ reason }) => reason === 'CommitApplied');
      const names = commits.map(({ subject }) => subject.name);
      expect(names.length).toBeGreaterThan(1);
      expect(new Set(names).size).toBe(names.length);
    } finally {
      await killed.kill();
      await calm.kill();
    }
  }, 90_000);
});
