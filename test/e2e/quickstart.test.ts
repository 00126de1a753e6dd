/** What the README promises: real services from a real repository, a release, a mistake, a crash. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { eventually } from '../support/agent/eventually.ts';
import { RunningFleet } from '../support/e2e/running-fleet.ts';
import { tarsctl } from '../support/e2e/tarsctl.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');

let folder: string;
let fleet: RunningFleet;

async function ask(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  return answer.text();
}

function pidIn(answer: string): number {
  return Number(/pid (\d+)/.exec(answer)?.[1]);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tarsier-e2e-'));
  fleet = await RunningFleet.start(folder);
}, 90_000);

afterAll(async () => {
  await fleet.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('the quick start', () => {
  it('runs an HTTP server on two nodes, with its configuration file', async () => {
    const ports = fleet.ports('Demo.WebServer');
    expect(ports).toHaveLength(2);
    for (const port of ports) {
      expect(await ask(port)).toMatch(/^Hello from Tarsier \(version 1\.0\.0, pid \d+\)/);
    }
  });

  it('runs a Tars.js server that answers over the TARS protocol', async () => {
    const ports = fleet.ports('Demo.HelloServer');
    expect(ports).toHaveLength(2);
    for (const port of ports) {
      const script = join(root, 'cluster-examples', 'quickstart', 'call-hello.ts');
      const { stdout } = await run(process.execPath, [script, String(port), 'Alice']);
      expect(stdout).toMatch(/^Hello Alice, this is pid \d+/);
    }
  });

  it('replaces both instances after a commit that raises the version', async () => {
    const ports = fleet.ports('Demo.WebServer');
    await fleet.edit('services/web.yaml', '"1.0.0"', '"1.1.0"', 'Release web 1.1.0');
    for (const port of ports) {
      await eventually(
        async () => (await ask(port).catch(() => '')).includes('version 1.1.0') || undefined,
        () => fleet.output,
      );
    }
  });

  it('writes a changed configuration file and restarts what reads it', async () => {
    await fleet.edit('configs/greeting.yaml', 'Hello from', 'Greetings from', 'Be formal');
    for (const port of fleet.ports('Demo.WebServer')) {
      await eventually(
        async () => (await ask(port).catch(() => '')).startsWith('Greetings') || undefined,
        () => fleet.output,
      );
    }
  });

  it('says what is wrong with a mistake, where, and leaves everything running', async () => {
    const ports = fleet.ports('Demo.WebServer');
    const before = await Promise.all(ports.map(ask));
    const from = fleet.output.length;
    await fleet.edit('services/web.yaml', 'monitor:', 'moniter:', 'A typo');
    await fleet.says('services/web.yaml:20:5', 10_000, from);
    expect(fleet.output.slice(from)).toContain('error[SPEC_UNKNOWN_FIELD]');
    expect(fleet.output.slice(from)).toContain('did you mean `monitor`?');
    await fleet.says('not affected', 10_000, from);
    expect(await Promise.all(ports.map(ask))).toEqual(before);
    await fleet.revert();
  });

  it('starts a killed process again within a second, once', async () => {
    const [port = 0] = fleet.ports('Demo.WebServer');
    const pid = pidIn(await ask(port));
    const killedAt = performance.now();
    process.kill(pid, 'SIGKILL');
    const next = await eventually(async () => {
      const answer = await ask(port).catch(() => '');
      return answer !== '' && pidIn(answer) !== pid ? pidIn(answer) : undefined;
    });
    expect(performance.now() - killedAt).toBeLessThan(5_000);
    expect(pidIn(await ask(port))).toBe(next);
  });

  it('answers in the terminal: status, why, lists, logs, events', async () => {
    const server = fleet.url;
    const status = await tarsctl(['status', '--wait', '--timeout', '20'], { server });
    expect(status).toMatchObject({ exitCode: 0 });
    expect(status.stdout).toContain('5 of 5 instances ready');
    const why = await tarsctl(['why', 'Demo.WebServer'], { server });
    expect(why.stdout).toMatch(/^home\/Demo\.WebServer\s+RUNNING/);
    const names = await tarsctl(['get', 'instances', '-o', 'name'], { server });
    expect(names.stdout.split('\n').filter(Boolean).toSorted()).toEqual([
      'Demo.CounterDaemon@home-1',
      'Demo.HelloServer@home-1',
      'Demo.HelloServer@home-2',
      'Demo.WebServer@home-1',
      'Demo.WebServer@home-2',
    ]);
    const logs = await tarsctl(['logs', 'Demo.WebServer@home-1', '--contains', 'listening'], {
      server,
    });
    expect(logs.stdout).toMatch(/listening on 127\.0\.0\.1:\d+, version 1\.1\.0/);
    const events = await tarsctl(['events', '--service', 'Demo.WebServer'], { server });
    expect(events.stdout).toContain('InstanceRunning');
  });

  it('plans the working tree and a commit against what is in force, with exit codes', async () => {
    const options = { server: fleet.url, cwd: fleet.repository };
    expect(await tarsctl(['plan'], options)).toMatchObject({ exitCode: 0 });
    const back = await tarsctl(['plan', 'HEAD~4'], options);
    expect(back.exitCode).toBe(2);
    expect(back.stdout).toContain('1.1.0 → 1.0.0');
    expect(back.stdout).toMatch(/2 restarts on 2 nodes in 1 data centre/);
    expect(await tarsctl(['plan', 'no-such-branch'], options)).toMatchObject({ exitCode: 1 });
  });

  it('refuses to change anything over HTTP, and says how it is done', async () => {
    const answer = await fetch(`${fleet.url}/api/v1/services`, { method: 'DELETE' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toContain('GET');
    expect(JSON.stringify(await answer.json())).toMatch(/commit/i);
  });

  it('stops every service it started', async () => {
    const pids = (await Promise.all(fleet.ports('Demo.WebServer').map(ask))).map(pidIn);
    await fleet.stop();
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
