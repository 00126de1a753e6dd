import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isAlive, readProcessStat, signalProcess } from '../../../nodeagent/process/identity.ts';
import { findTree, killTree } from '../../../nodeagent/process/tree.ts';
import { launchRun } from '../../../nodeagent/supervisor/run/launch-run.ts';
import { abandonRun, observeRun } from '../../../nodeagent/supervisor/run/observe-run.ts';
import { runRemark } from '../../../nodeagent/supervisor/problems.ts';
import { newRunId, RunFolder } from '../../../nodeagent/supervisor/run/run-folder.ts';
import { runMarker } from '../../../nodeagent/supervisor/run/run-intent.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { target } from '../../support/agent/targets.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const bootId = 'this boot';

function makeRun(start: string): { run: RunFolder; folder: string } {
  const folder = temporaryFolder();
  const runId = newRunId(Date.now());
  mkdirSync(join(folder, 'runs'));
  const run = RunFolder.create(join(folder, 'runs'), {
    runId,
    bootId,
    startedAt: Date.now(),
    target: target({ service: 'Demo.Thing' }),
    restarts: 0,
    endpoints: [],
    start,
    folder,
    env: { PATH: process.env['PATH'] ?? '' },
    groups: [],
    outputPosition: 0,
    unenforced: [],
  });
  onTestFinished(async () => {
    await killTree({ marker: runMarker(runId), shim: undefined, withShim: true });
  });
  return { run, folder };
}

async function launch(run: RunFolder, folder: string): Promise<void> {
  const output = openSync(join(folder, 'output'), 'a');
  await launchRun(run, output);
  closeSync(output);
}

const look = (run: RunFolder) => observeRun(run, { bootId, now: Date.now() });

test('a run that an older agent began, which noted less, is looked at like any other', async () => {
  const { run, folder } = makeRun('exec sleep 1000');
  expect(run.intent).not.toHaveProperty('changedPaths');
  await launch(run, folder);
  await eventually(async () => (await look(run)).phase === 'alive');
  expect(runRemark(run, run.readFacts(), false)).toBeUndefined();
});

test('of many shims for one run, exactly one starts the service', async () => {
  const { run, folder } = makeRun('echo $$ >> starts; exec sleep 1000');
  await Promise.all(Array.from({ length: 25 }, () => launch(run, folder)));
  await eventually(async () => (await look(run)).phase === 'alive');
  const shims = (await look(run)).facts;
  expect(readFileSync(join(run.path, 'journal'), 'utf8').match(/^shim /gm)).toHaveLength(1);
  await eventually(() => existsSync(join(folder, 'starts')));
  expect(readFileSync(join(folder, 'starts'), 'utf8')).toBe(`${shims.service?.pid}\n`);
  expect(readFileSync(join(folder, 'output'), 'utf8')).toBe('');
});

test('a start that was given up never happens, however late its shim is', async () => {
  const { run, folder } = makeRun('echo $$ >> starts; exec sleep 1000');
  expect(abandonRun(run, Date.now())).toBe(true);
  await launch(run, folder);
  expect(await look(run)).toMatchObject({ phase: 'ended', abandoned: true });
  await eventually(async () => {
    const tree = await findTree({
      marker: runMarker(run.intent.runId),
      shim: undefined,
      withShim: true,
    });
    return tree.length === 0;
  });
  expect(existsSync(join(folder, 'starts'))).toBe(false);
  expect(readFileSync(join(run.path, 'journal'), 'utf8')).not.toContain('shim');
});

test('a start whose shim was faster cannot be given up', async () => {
  const { run, folder } = makeRun('exec sleep 1000');
  await launch(run, folder);
  await eventually(() => run.isClaimed());
  expect(abandonRun(run, Date.now())).toBe(false);
  await eventually(async () => (await look(run)).phase === 'alive');
});

test('a service whose shim was killed lives on, and its end is noticed without an exit code', async () => {
  const { run, folder } = makeRun('exec sleep 1000');
  await launch(run, folder);
  await eventually(async () => (await look(run)).phase === 'alive');
  const { shim, service } = (await look(run)).facts;
  process.kill(shim!.pid, 'SIGKILL');
  expect(await look(run)).toMatchObject({ phase: 'alive', process: { pid: service!.pid } });
  process.kill(service!.pid, 'SIGKILL');
  await eventually(async () => (await look(run)).phase === 'ended');
  expect((await look(run)).exit).toEqual({ at: expect.any(Number) });
});

test('a pid that somebody else has by now is not the service', async () => {
  const { run, folder } = makeRun('exec sleep 1000');
  await launch(run, folder);
  await eventually(async () => (await look(run)).phase === 'alive');
  const { shim, service } = (await look(run)).facts;
  for (const mark of [shim, service]) process.kill(mark!.pid, 'SIGKILL');
  await eventually(() => [shim, service].every((mark) => !isAlive(mark!)));
  const own = readProcessStat(process.pid)!;
  const journal = `run x\nshim ${own.pid} ${own.startTicks - 1}\nservice ${own.pid} ${own.startTicks + 1}\n`;
  writeFileSync(join(run.path, 'journal'), journal);
  expect(await look(run)).toMatchObject({ phase: 'ended' });
  expect(signalProcess({ pid: own.pid, startTicks: own.startTicks + 1 }, 'SIGKILL')).toBe(false);
});

test('a service inherits its input and output, and nothing else', async () => {
  const { run, folder } = makeRun('exec sleep 1000');
  await launch(run, folder);
  await eventually(async () => (await look(run)).phase === 'alive');
  const { service } = (await look(run)).facts;
  await eventually(() => readFileSync(`/proc/${service!.pid}/comm`, 'utf8') === 'sleep\n');
  // Of the test run itself, a descriptor may close while it is looked at.
  const open = (pid: number): string[] =>
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return `${fd} ${readlinkSync(`/proc/${pid}/fd/${fd}`)}`;
      } catch {
        return [];
      }
    });
  // What whoever started the tests left open passes through all of us.
  const own = open(process.pid);
  const output = join(folder, 'output');
  expect(open(service!.pid).filter((one) => !own.includes(one) || one.startsWith('0'))).toEqual([
    '0 /dev/null',
    `1 ${output}`,
    `2 ${output}`,
  ]);
  const status = readFileSync(`/proc/${service!.pid}/status`, 'utf8');
  expect(/^SigIgn:\s*(\w+)$/m.exec(status)?.[1]).toBe('0000000000000000');
});

test('signals to the session do not end the shim, and the service handles them as usual', async () => {
  const { run, folder } = makeRun(
    `exec ${process.execPath} -e 'process.on("SIGINT", () => process.exit(7)); setInterval(() => {}, 1000); console.log("up")'`,
  );
  await launch(run, folder);
  await eventually(() => readFileSync(join(folder, 'output'), 'utf8') === 'up\n');
  const { shim } = (await look(run)).facts;
  process.kill(-shim!.pid, 'SIGINT');
  await eventually(async () => (await look(run)).phase === 'ended');
  expect((await look(run)).exit).toMatchObject({ code: 7 });
});
