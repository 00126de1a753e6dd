import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isAlive, readProcessStat } from '../../../nodeagent/process/identity.ts';
import { AgentLab } from '../../support/agent/agent-lab.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { servant, target, type TargetWish } from '../../support/agent/targets.ts';

const service = 'Demo.Thing';

async function started(lab: AgentLab, wish: Omit<TargetWish, 'service'>): Promise<void> {
  lab.saveTargets([target({ service, ...wish })]);
  await lab.start();
}

function dataFile(lab: AgentLab, name: string): string {
  const path = lab.path(service, 'data', name);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

const note = (word: string): string => `echo ${word} >> "$TARSIER_DATA_DIR/notes"`;

function stopped(wish: Omit<TargetWish, 'service'>) {
  return [target({ service, ...wish, state: 'stopped', generation: 2 })];
}

describe('a start', () => {
  test('runs preStart before and postStop after the service', async () => {
    const lab = new AgentLab();
    const hooks = { preStart: note('pre'), postStop: note('post') };
    await started(lab, { hooks, start: `${note('run')}; exec sleep 1000` });
    await lab.until(service, ({ phase }) => phase === 'running');
    await lab.restartWith([]);
    await eventually(() => lab.observed(service) === undefined);
    expect(dataFile(lab, 'notes')).toBe('pre\nrun\npost\n');
  });

  test('does not happen when preStart fails, and the status says so', async () => {
    const lab = new AgentLab();
    await started(lab, { hooks: { preStart: 'echo no licence; exit 3' }, start: note('run') });
    const seen = await lab.until(service, ({ phase }) => phase === 'backoff');
    expect(seen.reason).toMatch(/HookFailed|CrashLoop/);
    expect(seen.message).toContain('The preStart hook of Demo.Thing exited with code 3');
    expect(seen.message).toContain('Last output: no licence');
    expect(dataFile(lab, 'notes')).toBe('');
  });

  test('that cannot work is not tried again until the target changes', async () => {
    const lab = new AgentLab();
    await started(lab, { start: 'run --port ${port.WebObj}', servants: [servant('AdminObj')] });
    const failed = await lab.until(service, ({ phase }) => phase === 'failed');
    expect(failed.reason).toBe('MacroUnknown');
    expect(failed.message).toContain('has no servant WebObj (it has: AdminObj)');
    await lab.restartWith([target({ service, start: 'exec sleep 1000', generation: 2 })]);
    await lab.until(service, ({ phase }) => phase === 'running');
  });

  test('on a port that somebody else has names the culprit, and works once it is free', async () => {
    const lab = new AgentLab();
    const squatter = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void squatter.close());
    await eventually(() => squatter.listening);
    const { port } = squatter.address() as AddressInfo;
    const start = `exec ${process.execPath} -e 'require("net").createServer().listen(process.env.TARSIER_PORT_WEBOBJ, "127.0.0.1")'`;
    await started(lab, { start, servants: [servant('WebObj', { port })] });
    const taken = await lab.until(service, ({ reason }) => reason === 'PortTaken');
    expect(taken.message).toContain(`port ${port} is taken by pid ${process.pid}`);
    squatter.close();
    const { endpoints } = await lab.until(service, ({ phase }) => phase === 'running');
    expect(endpoints).toMatchObject([{ servant: 'WebObj', host: '127.0.0.1', port }]);
  });

  test('of a service that dies at once slows down, and tells the exit code and the last words', async () => {
    const lab = new AgentLab();
    await started(lab, { start: `${note('try')}; echo cannot open database; exit 4` });
    const seen = await lab.until(service, ({ reason }) => reason === 'CrashLoop');
    expect(seen.nextTryAt).toBeGreaterThan(Date.now() - 5000);
    expect(seen.message).toContain('Demo.Thing exited with code 4');
    expect(seen.message).toContain('Last output: cannot open database');
    const later = await lab.until(service, ({ restarts }) => restarts >= 3);
    expect(later.lastExit).toMatchObject({ code: 4 });
    const tries = dataFile(lab, 'notes').split('\n').length - 1;
    expect(tries).toBeLessThan(8);
  });

  test('of a Tars.js service gets its configuration file and the Node of the agent', async () => {
    const lab = new AgentLab();
    const folder = lab.path(service, 'data');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"main":"./boot"}');
    writeFileSync(
      join(folder, 'boot.js'),
      'console.log(require("fs").readFileSync(process.env.TARS_CONFIG, "utf8")); setInterval(() => {}, 1000);',
    );
    const template =
      '<tars>\n<application>\n<server>\nlogLevel=ERROR\n</server>\n</application>\n</tars>';
    await started(lab, {
      type: 'tars-nodejs',
      servants: [servant('HelloObj', { threads: 5 })],
      template,
    });
    const log = lab.path(service, 'log', 'output.log');
    await eventually(() => existsSync(log) && readFileSync(log, 'utf8').includes('</tars>'));
    const text = readFileSync(log, 'utf8');
    const { port } = (await lab.until(service, (seen) => seen.endpoints.length > 0)).endpoints[0]!;
    expect(text).toContain('<Demo.Thing.HelloObjAdapter>');
    expect(text).toContain(`endpoint=tcp -h 127.0.0.1 -p ${port} -t 60000`);
    expect(text).toContain('servant=Demo.Thing.HelloObj\n');
    expect(text).toContain('threads=5');
    expect(text).toContain('logLevel=ERROR');
  });
});

describe('a monitor', () => {
  test('that fails too often has the process killed, with evidence, and started again', async () => {
    const lab = new AgentLab();
    const monitor = {
      kind: 'script',
      target: 'test ! -e "$TARSIER_DATA_DIR/sick" || { echo fever; exit 9; }',
      everyMs: 50,
      timeoutMs: 1000,
      failures: 3,
    } as const;
    await started(lab, {
      start: `${note('run')}; echo I hang now; rm -f "$TARSIER_DATA_DIR/sick"; exec sleep 1000`,
      monitor,
    });
    const { pid } = await lab.until(service, ({ phase }) => phase === 'running');
    const messages = new Set<string>();
    writeFileSync(lab.path(service, 'data', 'sick'), '');
    await lab.until(service, (seen) => {
      messages.add(`${seen.phase}: ${seen.message ?? ''}`);
      return seen.phase === 'running' && seen.pid !== pid;
    });
    expect([...messages].join('\n')).toMatch(
      /The monitor of Demo.Thing failed 3 times in a row: the script exited with code 9: fever. Its process was sleeping.* threads.*Last output: I hang now/,
    );
    expect(dataFile(lab, 'notes')).toBe('run\nrun\n');
  });

  test('over HTTP makes a service ready when it answers', async () => {
    const lab = new AgentLab();
    const script =
      'const t = Date.now(); require("http").createServer((q, r) => { r.statusCode = Date.now() - t > 700 ? 200 : 503; r.end(); }).listen(process.env.TARSIER_PORT_WEBOBJ, "127.0.0.1")';
    const monitor = {
      kind: 'http',
      target: 'http://127.0.0.1:${port.WebObj}/',
      everyMs: 50,
      timeoutMs: 1000,
      failures: 3,
    } as const;
    await started(lab, {
      start: `exec ${process.execPath} -e '${script}'`,
      monitor,
      servants: [servant('WebObj')],
    });
    const ready = await lab.until(service, ({ phase }) => phase === 'running');
    expect(ready.since - ready.startedAt!).toBeGreaterThanOrEqual(700);
  });

  test('over TCP that never succeeds is a failed start', async () => {
    const lab = new AgentLab();
    const monitor = { kind: 'tcp', target: '1', everyMs: 50, timeoutMs: 500, failures: 3 } as const;
    await started(lab, { start: 'exec sleep 1000', monitor, startTimeoutMs: 400 });
    const seen = await lab.until(service, ({ reason }) => reason === 'StartTimeout');
    expect(seen.message).toContain(
      'Demo.Thing was not ready within 0.4 s of its start: port 1: connection refused',
    );
  });
});

test('a start that nobody watched is not judged by the time when nobody looked', async () => {
  const lab = new AgentLab();
  const monitor = {
    kind: 'script',
    target: 'test -e "$TARSIER_DATA_DIR/open"',
    everyMs: 50,
    timeoutMs: 1000,
    failures: 3,
  } as const;
  await started(lab, { start: `${note('run')}; exec sleep 1000`, monitor, startTimeoutMs: 1000 });
  const { startedAt = 0 } = await lab.until(service, ({ pid }) => pid !== undefined);
  await lab.close();
  await eventually(() => Date.now() > startedAt + 1100);
  await lab.start();
  await lab.until(service, ({ phase }) => phase === 'starting');
  writeFileSync(lab.path(service, 'data', 'open'), '');
  await lab.until(service, ({ phase }) => phase === 'running');
  expect(dataFile(lab, 'notes')).toBe('run\n');
});

describe('a stop', () => {
  test('kills a service that ignores it after the time it was given', async () => {
    const lab = new AgentLab();
    const wish = { start: "trap '' TERM; while :; do sleep 0.1; done", stopTimeoutMs: 300 };
    await started(lab, wish);
    await lab.until(service, ({ phase }) => phase === 'running');
    await lab.restartWith(stopped(wish));
    const seen = await lab.until(service, ({ phase }) => phase === 'stopped');
    expect(seen.lastExit).toMatchObject({ signal: 'SIGKILL' });
  });

  test('runs the stop command, and SIGTERM is not needed', async () => {
    const lab = new AgentLab();
    const wish = {
      start: 'mkfifo "$TARSIER_DATA_DIR/door"; read word < "$TARSIER_DATA_DIR/door"; exit 5',
      stop: 'echo leave > "$TARSIER_DATA_DIR/door"',
    };
    await started(lab, wish);
    await lab.until(service, ({ phase }) => phase === 'running');
    await lab.restartWith(stopped(wish));
    const seen = await lab.until(service, ({ phase }) => phase === 'stopped');
    expect(seen.lastExit).toMatchObject({ code: 5 });
  });

  test('reaches what runs behind the shell of the start command', async () => {
    const lab = new AgentLab();
    const wish = { start: 'sleep 1000 | sleep 1000', stopTimeoutMs: 8000 };
    await started(lab, wish);
    await lab.until(service, ({ phase }) => phase === 'running');
    const askedAt = performance.now();
    await lab.restartWith(stopped(wish));
    await lab.until(service, ({ phase }) => phase === 'stopped');
    expect(performance.now() - askedAt).toBeLessThan(4000);
  });

  test('leaves the children of a service the time that it had itself', async () => {
    const lab = new AgentLab();
    const child = `sh -c 'trap "sleep 0.3; ${note('finished').replaceAll('"', '\\"')}; exit" TERM; while :; do sleep 0.05; done'`;
    const wish = { start: `${child} & exec sleep 1000`, stopTimeoutMs: 5000 };
    await started(lab, wish);
    await lab.until(service, ({ phase }) => phase === 'running');
    await lab.restartWith(stopped(wish));
    await lab.until(service, ({ phase }) => phase === 'stopped');
    expect(dataFile(lab, 'notes')).toBe('finished\n');
  });

  test.each([['with control groups'], ['without control groups']])(
    'ends what left the session, %s',
    async (how) => {
      const lab = new AgentLab();
      const wish = {
        start: `setsid sleep 1000 & echo $! > "$TARSIER_DATA_DIR/escapee"; exec sleep 1000`,
      };
      lab.saveTargets([target({ service, ...wish })]);
      await lab.start({ useControlGroups: how === 'with control groups' });
      await lab.until(service, ({ phase }) => phase === 'running');
      const escapee = readProcessStat(Number(dataFile(lab, 'escapee')))!;
      expect(isAlive(escapee)).toBe(true);
      await lab.restartWith(stopped(wish));
      await lab.until(service, ({ phase }) => phase === 'stopped');
      expect(isAlive(escapee)).toBe(false);
    },
  );

  test('of the agent with its services stops them all, and they are wanted again by the next agent', async () => {
    const lab = new AgentLab();
    await started(lab, { start: 'exec sleep 1000' });
    const { pid } = await lab.until(service, ({ phase }) => phase === 'running');
    const identity = readProcessStat(pid!)!;
    await lab.close(true);
    expect(isAlive(identity)).toBe(false);
    await lab.start();
    await lab.until(service, (seen) => seen.phase === 'running' && seen.pid !== pid);
  });
});

describe('a program that puts itself into the background', () => {
  const start = 'sleep 1000 >/dev/null 2>&1 & echo $! > "$TARSIER_DATA_DIR/pid"';
  const monitor = {
    kind: 'script',
    target: 'kill -0 "$(cat "$TARSIER_DATA_DIR/pid")"',
    everyMs: 50,
    timeoutMs: 1000,
    failures: 2,
  } as const;
  const wish = { start, stop: 'kill "$(cat "$TARSIER_DATA_DIR/pid")"', monitor };

  test('lives as its monitor says, comes back when it dies, and stops by its own command', async () => {
    const lab = new AgentLab();
    await started(lab, wish);
    await lab.until(service, ({ phase }) => phase === 'running');
    const first = dataFile(lab, 'pid');
    await lab.close();
    await lab.start();
    await lab.until(service, ({ phase }) => phase === 'running');
    expect(dataFile(lab, 'pid')).toBe(first);

    process.kill(Number(first), 'SIGKILL');
    const messages = new Set<string>();
    await lab.until(service, (seen) => {
      messages.add(seen.message ?? '');
      return seen.phase === 'running' && seen.restarts === 1;
    });
    expect([...messages].join('\n')).toContain('The monitor of Demo.Thing failed 2 times in a row');
    const second = readProcessStat(Number(dataFile(lab, 'pid')))!;
    expect(second.pid).not.toBe(Number(first));
    await lab.restartWith([target({ service, ...wish, state: 'stopped' })]);
    await lab.until(service, ({ phase }) => phase === 'stopped');
    expect(isAlive(second)).toBe(false);
  });
});

describe('a new revision', () => {
  test('that cannot be started leaves the old one running, and the status says why', async () => {
    const lab = new AgentLab();
    await started(lab, { start: 'exec sleep 1000' });
    const { pid, revision } = await lab.until(service, ({ phase }) => phase === 'running');
    await lab.restartWith([target({ service, start: 'run ${port.WebObj}', generation: 2 })]);
    const seen = await lab.until(service, ({ reason }) => reason === 'MacroUnknown');
    expect(seen).toMatchObject({ phase: 'running', pid, revision, observedGeneration: 2 });
  });

  test('replaces the old process, its files, and begins a new count of restarts', async () => {
    const lab = new AgentLab();
    const files = [
      { path: 'old.txt', content: '1' },
      { path: 'both.txt', content: '1' },
    ];
    await started(lab, { start: 'exec sleep 1000', files });
    const { pid, revision } = await lab.until(service, ({ phase }) => phase === 'running');
    const old = readProcessStat(pid!)!;
    await lab.restartWith([
      target({
        service,
        start: 'exec sleep 2000',
        files: [{ path: 'both.txt', content: '2' }],
        generation: 2,
      }),
    ]);
    const seen = await lab.until(
      service,
      (now) => now.phase === 'running' && now.revision !== revision,
    );
    expect(seen).toMatchObject({
      restarts: 0,
      observedGeneration: 2,
      lastExit: { signal: 'SIGTERM' },
    });
    expect(isAlive(old)).toBe(false);
    expect(existsSync(lab.path(service, 'conf', 'old.txt'))).toBe(false);
    expect(readFileSync(lab.path(service, 'conf', 'both.txt'), 'utf8')).toBe('2');
  });
});
