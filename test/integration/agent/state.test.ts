import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readBootId, readProcessStat } from '../../../nodeagent/process/identity.ts';
import { newRunId, RunFolder } from '../../../nodeagent/supervisor/run/run-folder.ts';
import { writeConfigFiles } from '../../../nodeagent/supervisor/prepare/config-files.ts';
import { PortBook } from '../../../nodeagent/state/port-book.ts';
import { readStateFile, writeStateFile } from '../../../nodeagent/state/state-file.ts';
import { AgentLab } from '../../support/agent/agent-lab.ts';
import { spawnAgent } from '../../support/agent/agent-process.ts';
import { countingStart, readNotes } from '../../support/agent/counting.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { target } from '../../support/agent/targets.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const service = 'Demo.Thing';

function canMount(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function failOnDamage(why: string): never {
  throw new Error(why);
}

describe('a data directory', () => {
  test('has one agent: a second one is refused with the pid of the first, until that is gone', async () => {
    const lab = new AgentLab();
    const first = spawnAgent(lab.dataDir);
    await first.started;
    await expect(lab.start()).rejects.toMatchObject({
      code: 'AGENT_LOCKED',
      message: expect.stringContaining(
        `Another agent (pid ${first.process.pid}) uses ${lab.dataDir}`,
      ),
    });
    await first.kill();
    await lab.start();
  });
});

describe('after a reboot without a controller', () => {
  test('the last known services start again, whoever has their old pids now', async () => {
    const lab = new AgentLab();
    lab.saveTargets([
      target({ service, start: countingStart('a') }),
      target({ service: 'Demo.Off', start: countingStart('b'), state: 'stopped' }),
    ]);
    await lab.start();
    const before = await lab.until(service, ({ phase }) => phase === 'running');
    await lab.close();
    await lab.killEverything();
    // Somebody else has the pid that the journal names: it must be left alone.
    const stranger = spawn('sleep', ['1000']);
    onTestFinished(() => void stranger.kill('SIGKILL'));
    const [run = ''] = execFileSync('ls', [lab.path(service, 'runs')], { encoding: 'utf8' }).split(
      '\n',
    );
    const journal = lab.path(service, 'runs', run, 'journal');
    const identity = readProcessStat(stranger.pid!)!;
    const text = readFileSync(journal, 'utf8').replace(
      /service .*\n/,
      `service ${identity.pid} ${identity.startTicks}\n`,
    );
    writeFileSync(journal, text.replace(/^exit .*\n/m, ''));

    await lab.start({ bootId: `not ${readBootId()}` });
    const after = await lab.until(service, (seen) => seen.phase === 'running');
    expect(after.pid).not.toBe(before.pid);
    expect(after.pid).not.toBe(stranger.pid);
    expect(readNotes(lab.path(service, 'data', 'notes'))).toEqual({
      starts: [before.pid, after.pid],
      doubles: 0,
    });
    expect(lab.observed('Demo.Off')?.phase).toBe('stopped');
    expect(stranger.exitCode).toBeNull();
  });
});

describe('a run whose intent is damaged', () => {
  test('is ended, so that nothing runs twice', async () => {
    const lab = new AgentLab();
    lab.saveTargets([target({ service, start: countingStart('a') })]);
    await lab.start();
    await lab.until(service, ({ phase }) => phase === 'running');
    await lab.close();
    const [run = ''] = execFileSync('ls', [lab.path(service, 'runs')], { encoding: 'utf8' }).split(
      '\n',
    );
    writeFileSync(lab.path(service, 'runs', run, 'intent.json'), 'gone');
    await lab.start();
    await lab.until(service, ({ phase }) => phase === 'running');
    expect(readNotes(lab.path(service, 'data', 'notes'))).toMatchObject({
      starts: { length: 2 },
      doubles: 0,
    });
  });
});

describe('an intent that nobody acted upon', () => {
  test('never becomes a start, and the service is started by another one', async () => {
    const lab = new AgentLab();
    const wish = { service, start: countingStart('a'), startTimeoutMs: 60_000 };
    lab.saveTargets([target(wish)]);
    await lab.start();
    await lab.until(service, ({ phase }) => phase === 'running');
    await lab.close();
    await lab.killEverything();
    const [run] = RunFolder.list(lab.path(service, 'runs')).readable;
    const runId = newRunId(Date.now());
    RunFolder.create(lab.path(service, 'runs'), { ...run!.intent, runId, startedAt: Date.now() });
    await lab.start();
    await lab.until(service, ({ phase }) => phase === 'running');
    expect(readNotes(lab.path(service, 'data', 'notes'))).toMatchObject({
      starts: { length: 2 },
      doubles: 0,
    });
  });
});

describe('a run whose folder was deleted', () => {
  test('is ended and started anew', async () => {
    const lab = new AgentLab();
    lab.saveTargets([target({ service, start: countingStart('a') })]);
    await lab.start();
    const { pid } = await lab.until(service, ({ phase }) => phase === 'running');
    rmSync(lab.path(service, 'runs'), { recursive: true });
    await lab.until(service, (seen) => seen.phase === 'running' && seen.pid !== pid);
    expect(readNotes(lab.path(service, 'data', 'notes'))).toMatchObject({
      starts: { length: 2 },
      doubles: 0,
    });
  });
});

describe('a clock that was set back while the agent was away', () => {
  test('does not keep a service from being stopped', async () => {
    const lab = new AgentLab();
    const wish = {
      service,
      start: "trap '' TERM; while :; do sleep 0.1; done",
      stopTimeoutMs: 500,
    };
    lab.saveTargets([target(wish)]);
    await lab.start();
    await lab.until(service, ({ phase }) => phase === 'running');
    await lab.close();
    const [run] = RunFolder.list(lab.path(service, 'runs')).readable;
    run!.append(`stop-asked ${Date.now() + 86_400_000} target`);
    lab.saveTargets([target({ ...wish, state: 'stopped' })]);
    await lab.start();
    await lab.until(service, ({ phase }) => phase === 'stopped');
  });
});

describe('a full disk', () => {
  test.skipIf(process.getuid?.() !== 0)(
    'keeps exit codes, delays starts, and ends when there is space',
    async (context) => {
      const lab = new AgentLab();
      if (!canMount(lab.dataDir)) return context.skip();
      onTestFinished(async () => {
        await lab.close();
        await lab.killEverything();
        execFileSync('umount', ['-l', lab.dataDir]);
      });
      lab.saveTargets([target({ service, start: countingStart('a', 1, 500) })]);
      await lab.start();
      const first = await lab.until(service, ({ phase }) => phase === 'running');
      const filler = join(lab.dataDir, 'filler');
      execFileSync('sh', ['-c', `dd if=/dev/zero of=${filler} bs=4096 2>/dev/null || true`]);
      process.kill(first.pid!, 'SIGKILL');
      const held = await lab.until(
        service,
        ({ lastExit, phase }) => lastExit !== undefined && phase === 'backoff',
      );
      expect(held.lastExit).toMatchObject({ signal: 'SIGKILL' });
      expect(held.message).toMatch(/ENOSPC|no space/);
      execFileSync('rm', [filler]);
      await lab.until(
        service,
        ({ phase, pid }) => phase === 'running' && pid !== first.pid,
        20_000,
      );
      expect(readNotes(lab.path(service, 'data', 'notes')).doubles).toBe(0);
    },
  );
});

describe('files of the agent', () => {
  test('that were changed or cut are noticed', () => {
    const path = join(temporaryFolder(), 'state');
    expect(readStateFile(path, 'x-1')).toEqual({ kind: 'none' });
    writeStateFile(path, 'x-1', { a: [1, 2, 'ü'] });
    expect(readStateFile(path, 'x-1')).toEqual({ kind: 'value', value: { a: [1, 2, 'ü'] } });
    expect(readStateFile(path, 'x-2')).toMatchObject({ kind: 'damaged' });
    const whole = readFileSync(path, 'utf8');
    for (const damaged of [
      whole.slice(0, -3),
      whole.replace('2', '3'),
      '',
      '\0\0\0\0',
      whole.replace('\n', ''),
    ]) {
      writeFileSync(path, damaged);
      expect(readStateFile(path, 'x-1'), damaged).toMatchObject({ kind: 'damaged' });
    }
  });

  test('give an instance the port it had, and never one that is taken', () => {
    const path = join(temporaryFolder(), 'ports');
    const wish = { servant: 'Obj', range: { from: 100, to: 102 }, avoid: new Set([100]) };
    const book = new PortBook(path, failOnDamage);
    expect(book.choose({ ...wish, instance: 'a' })).toBe(101);
    expect(book.choose({ ...wish, instance: 'b' })).toBe(102);
    expect(() => book.choose({ ...wish, instance: 'c' })).toThrow('all of 100 to 102 are taken');
    const later = new PortBook(path, failOnDamage);
    expect(later.choose({ ...wish, instance: 'b', avoid: new Set() })).toBe(102);
    later.forget('a');
    expect(later.choose({ ...wish, instance: 'c' })).toBe(101);
    expect(later.choose({ ...wish, instance: 'b', avoid: new Set([102]) })).toBe(100);
  });

  test.each(['../x', '/etc/x', 'a/../../x', '..', '.', 'a/', 'a\0b'])(
    'never land outside the conf folder: %j',
    (path) => {
      const folder = temporaryFolder();
      const config = { folder: join(folder, 'conf'), listPath: join(folder, 'list') };
      expect(() => writeConfigFiles(config, [{ path, content: 'x' }])).toThrow(
        /outside the instance's conf folder/,
      );
    },
  );

  test('do not follow a link that a service put into its conf folder', () => {
    const folder = temporaryFolder();
    const config = { folder: join(folder, 'conf'), listPath: join(folder, 'list') };
    mkdirSync(config.folder);
    writeFileSync(join(folder, 'victim'), 'untouched');
    symlinkSync(folder, join(config.folder, 'out'));
    symlinkSync(join(folder, 'victim'), join(config.folder, 'file'));
    expect(() => writeConfigFiles(config, [{ path: 'out/victim', content: 'x' }])).toThrow(
      /outside/,
    );
    writeConfigFiles(config, [{ path: 'file', content: 'x' }]);
    expect(readFileSync(join(folder, 'victim'), 'utf8')).toBe('untouched');
    expect(readFileSync(join(config.folder, 'file'), 'utf8')).toBe('x');
  });
});

test('the lab itself leaves nothing behind', async () => {
  const lab = new AgentLab();
  lab.saveTargets([target({ service, start: countingStart('a') })]);
  await lab.start();
  const { pid } = await lab.until(service, ({ phase }) => phase === 'running');
  await lab.close();
  await lab.killEverything();
  await eventually(() => !'SR'.includes(readProcessStat(pid!)?.state ?? 'X'));
});
