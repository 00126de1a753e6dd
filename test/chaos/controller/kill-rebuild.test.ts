/** A controller is killed again and again in the middle of a rebuild: the rebuild goes on, and services do not notice. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { TarsierClient } from '../../../sdk/typescript/client.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { LosableFleet } from '../../support/controller/losable-fleet.ts';
import { nodesFile, serviceFile } from '../../support/git/fleet-files.ts';

const child = join(import.meta.dirname, '..', '..', 'support', 'controller', 'controller-child.ts');

class Killable {
  readonly #arguments: readonly string[];
  #process: ChildProcess | undefined;

  constructor(...args: readonly string[]) {
    this.#arguments = args;
    onTestFinished(() => this.kill());
  }

  launch(...more: readonly string[]): ChildProcess {
    this.#process = spawn(process.execPath, [child, ...this.#arguments, ...more], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return this.#process;
  }

  async start(...more: readonly string[]): Promise<void> {
    const { stdout } = this.launch(...more);
    if (stdout === null) throw new Error('no output');
    await once(createInterface(stdout), 'line');
  }

  async kill(): Promise<void> {
    const victim = this.#process;
    this.#process = undefined;
    if (victim === undefined || victim.exitCode !== null || victim.signalCode !== null) return;
    victim.kill('SIGKILL');
    await once(victim, 'exit');
  }
}

it('goes on where it was, also without the flag', async () => {
  const fleet = new LosableFleet();
  fleet.repository.commitFiles({
    'nodes.yaml': nodesFile(2),
    'a.yaml': serviceFile('Demo.A', { nodes: 'n1, n2' }),
    'b.yaml': serviceFile('Demo.B', { nodes: 'n1' }),
  });
  await fleet.start();
  const port = new URL(fleet.controller.url).port;
  const token = fleet.controller.readToken('agent');
  for (const node of ['n1', 'n2']) await fleet.startAgent(node);
  await fleet.runs(['Demo.A@n1', 'Demo.A@n2', 'Demo.B@n1']);
  const before = fleet.pids;
  await fleet.stop();
  await fleet.stopAgent('n2');
  const dataDir = join(fleet.folder, 'anew');
  mkdirSync(dataDir, { mode: 0o700 });
  cpSync(join(fleet.folder, 'controller', 'tokens'), join(dataDir, 'tokens'), { recursive: true });
  const controller = new Killable(dataDir, fleet.repository.folder, port);
  const client = new TarsierClient({ serverUrl: `http://127.0.0.1:${port}` });
  const reasons = async () => (await client.list('events')).items.map(({ reason }) => reason);
  const identities = new Set<string>();

  // Killed at any moment of its beginning: it is begun with the flag again.
  for (let round = 0; round < 3; round += 1) {
    controller.launch('600000');
    await delay(Math.random() * 800);
    await controller.kill();
  }
  await controller.start('600000');
  for (let round = 0; round < 4; round += 1) {
    await controller.kill();
    await controller.start();
    const { item } = await client.read('status');
    expect(item.problems.map(({ reason }) => reason)).toContain('RebuildOpen');
    const began = (await client.list('events')).items.find(
      ({ reason }) => reason === 'RebuildBegan',
    );
    identities.add(`${began?.sequence} ${began?.message}`);
    await delay(Math.random() * 1_500);
  }
  expect(identities.size).toBe(1);
  expect(fleet.pids).toEqual({
    'Demo.A@n1': before['Demo.A@n1'],
    'Demo.B@n1': before['Demo.B@n1'],
  });

  await fleet.startAgentAt('n2', { port, token });
  await eventually(async () => (await reasons()).includes('RebuildEnded'), undefined, 30_000);
  await fleet.runs(['Demo.A@n1', 'Demo.A@n2', 'Demo.B@n1']);
  expect(fleet.pids).toEqual(before);

  fleet.repository.commitFiles({ 'b.yaml': serviceFile('Demo.B', { start: 'exec sleep 2000' }) });
  await eventually(
    () => {
      const pid = fleet.pids['Demo.B@n1'];
      return pid !== undefined && pid !== before['Demo.B@n1'];
    },
    undefined,
    30_000,
  );
  expect(fleet.pids).toMatchObject({ 'Demo.A@n1': before['Demo.A@n1'] });
}, 120_000);
