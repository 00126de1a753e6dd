import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isAlive, readProcessStat } from '../../../nodeagent/process/identity.ts';
import { exportHost } from '../../../nodeagent/tarsjs-host/export-host.ts';
import type { InstanceTarget } from '../../../registry/model.ts';
import { AdminF } from '../../../tars/framework/admin-f.ts';
import { servant as tarsServant } from '../../../tars/rpc/servant.ts';
import { startTarsServer } from '../../../tars/rpc/server.ts';
import { silentLogger } from '../../support/agent/agent-lab.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { SupervisorLab } from '../../support/agent/supervisor-lab.ts';
import { servant, target, type TargetWish } from '../../support/agent/targets.ts';

const service = 'Demo.FakeServer';
const instance = `${service}@n1`;
const template =
  '<tars>\n<application>\n<server>\nhearttimeout=1500\n</server>\n</application>\n</tars>';
const a = `${service}.AObjAdapter`;
const b = `${service}.BObjAdapter`;

function fake(options: Record<string, string>, wish: Partial<TargetWish> = {}): InstanceTarget {
  const env = Object.fromEntries(
    Object.entries(options).map(([name, value]) => [`FAKE_${name}`, value]),
  );
  const servants = [servant('AObj', { protocol: 'tars' }), servant('BObj', { protocol: 'tars' })];
  return target({ service, type: 'tars-go', env, servants, template, ...wish });
}

async function openLab(): Promise<SupervisorLab> {
  const lab = await SupervisorLab.open();
  lab.installService(service);
  return lab;
}

const isRunning = ({ phase }: { phase: string }): boolean => phase === 'running';

function command(lab: SupervisorLab, text: string): Promise<{ text: string }> {
  return lab.supervisor.runCommand(instance, text);
}

/** Of the newest run that has one. */
function evidence(lab: SupervisorLab): string {
  const runs = lab.path(service, 'runs');
  const paths = readdirSync(runs).map((run) => join(runs, run, 'silence'));
  const path = paths.findLast((one) => existsSync(one));
  return path === undefined ? '' : readFileSync(path, 'utf8');
}

const adminShutdowns = (lab: SupervisorLab): number =>
  lab.notes(service).filter((note) => note === 'shutdown').length;

describe('a service of a TARS type', () => {
  test('runs where its logs are, is running after its first beat, and tells its version', async () => {
    const lab = await openLab();
    await lab.start([fake({ BEATS: 'named' })]);
    await lab.until(service, isRunning);
    expect(lab.heard).toContain('alive ');
    const seen = await lab.until(service, ({ libraryVersion }) => libraryVersion !== undefined);
    expect(seen.libraryVersion).toBe('9.8.7');
    expect(seen.reason).toBeUndefined();
    expect(lab.notes(service)[0]).toBe(`start ${lab.path(service, 'log', 'tars')}`);
    // The next agent knows it too, although nobody says it again.
    await lab.start([fake({ BEATS: 'named' })]);
    const adopted = await lab.until(service, isRunning);
    expect(adopted).toMatchObject({ pid: seen.pid, restarts: 0, libraryVersion: '9.8.7' });
  });

  test('that says another version each time fills no journal with them', async () => {
    const lab = await openLab();
    await lab.start([fake({ BEATS: 'none' })]);
    await lab.until(service, isRunning);
    for (let at = 0; at < 500; at += 1) lab.supervisor.beats.reportVersion(service, `1.0.${at}`);
    const [run = ''] = readdirSync(lab.path(service, 'runs'));
    const journal = readFileSync(lab.path(service, 'runs', run, 'journal'), 'utf8');
    expect(journal.match(/^library /gm)?.length).toBe(8);
  });

  test('that initialises slowly and says so is given longer than its start time-out', async () => {
    const lab = await openLab();
    await lab.start([fake({ BEATS: 'named', SLOW_MS: '7500' }, { startTimeoutMs: 5000 })]);
    await eventually(() => lab.heard.includes('activating'));
    const seen = await lab.until(service, isRunning);
    expect(seen).toMatchObject({ restarts: 0 });
    expect(Date.now() - seen.startedAt!).toBeGreaterThan(7000);
  });

  test('that beats before it listens is not running before it does', async () => {
    const lab = await openLab();
    const phases: string[] = [];
    const onObserved = ({ phase }: { phase: string }): void => {
      phases.push(`${phase} ${lab.notes(service).includes('listen') ? 'listening' : 'deaf'}`);
    };
    const options = { BEATS: 'unnamed', EARLY: '1', SLOW_MS: '1500' };
    await lab.start([fake(options, { type: 'tars-cpp' })], { onObserved });
    await eventually(() => lab.heard.includes('alive '));
    expect(lab.observed(service)?.phase).toBe('starting');
    await lab.until(service, isRunning);
    expect(phases).toContain('running listening');
    expect(phases).not.toContain('running deaf');
  });

  test('that says nothing of itself runs as soon as its ports do, with a remark', async () => {
    const lab = await openLab();
    await lab.start([fake({ BEATS: 'none' })]);
    const seen = await lab.until(service, isRunning);
    expect(seen.reason).toBe('NoBeats');
  });

  test('of which one adapter goes silent is looked at, ended and started again', async () => {
    const lab = await openLab();
    await lab.start([fake({ BEATS: 'named' })]);
    const { pid } = await lab.until(service, isRunning);
    await eventually(() => lab.heard.includes(`alive ${b}`) && lab.heard.includes(`alive ${a}`));
    expect((await command(lab, `hush ${b}`)).text).toBe(`did hush ${b}`);
    const silent = await lab.until(service, ({ reason }) => reason === 'Silent');
    expect(silent.message).toMatch(
      new RegExp(`its adapter ${b} has sent no beat for (1\\.[5-9]|[2-4]\\.\\d) s`),
    );
    const back = await lab.until(service, (seen) => isRunning(seen) && seen.pid !== pid);
    expect(back.restarts).toBe(1);
    expect(adminShutdowns(lab)).toBe(1);
    const text = evidence(lab);
    expect(text).toContain(`its adapter ${b} has sent no beat`);
    expect(text).toContain(`Process ${pid}: `);
    expect(text).toMatch(/^State:\s/m);
    expect(text).toMatch(/^Thread \d+ /m);
  });

  test('that beats for all of its adapters at once, and then not at all, is started again', async () => {
    const lab = await openLab();
    await lab.start([fake({ BEATS: 'unnamed' })]);
    const { pid } = await lab.until(service, isRunning);
    await command(lab, 'hush all');
    await lab.until(service, ({ reason }) => reason === 'Silent');
    await lab.until(service, (seen) => isRunning(seen) && seen.pid !== pid);
  });

  test('that was heard by an agent that is gone is still watched, from when the next one came', async () => {
    const lab = await openLab();
    const wish = fake({ BEATS: 'named' });
    await lab.start([wish]);
    const { pid } = await lab.until(service, isRunning);
    await eventually(() => lab.heard.includes(`alive ${b}`));
    await command(lab, 'hush all');
    await lab.close();
    const awayUntil = performance.now() + 2000;
    await eventually(() => performance.now() > awayUntil);
    const startedAt = performance.now();
    await lab.start([wish]);
    expect(await lab.until(service, isRunning)).toMatchObject({ pid });
    await lab.until(service, ({ reason }) => reason === 'Silent');
    expect(performance.now() - startedAt).toBeGreaterThan(1500);
    await lab.until(service, (seen) => isRunning(seen) && seen.pid !== pid);
  });

  test('that hangs without ever beating no longer answers, and is started again', async () => {
    const lab = await openLab();
    await lab.start([fake({ BEATS: 'none', NO_ADMIN: '1' })]);
    const { pid } = await lab.until(service, isRunning);
    const journal = (): string => {
      const runs = lab.path(service, 'runs');
      return readFileSync(join(runs, readdirSync(runs).toSorted().at(-1)!, 'journal'), 'utf8');
    };
    await eventually(() => journal().includes(`answered ${b}`));
    process.kill(pid!, 'SIGSTOP');
    const silent = await lab.until(service, ({ reason }) => reason === 'Silent');
    expect(silent.message).toContain('has not answered tars_ping');
    await lab.until(service, (seen) => isRunning(seen) && seen.pid !== pid);
    expect(evidence(lab)).toMatch(/^State:\s+T/m);
  });
});

describe('a Tars.js program without a node-agent', () => {
  const plain = (wish: Partial<TargetWish> = {}): InstanceTarget =>
    target({
      service,
      type: 'tars-nodejs',
      servants: [servant('AObj', { protocol: 'tars' })],
      served: [{ name: 'a.conf', content: '1', levels: ['service'] }],
      ...wish,
    });

  async function openPlain(): Promise<SupervisorLab> {
    const lab = await SupervisorLab.open();
    const folder = lab.path(service, 'data');
    mkdirSync(folder, { recursive: true });
    const program = `const { appendFileSync } = require('node:fs');
      const note = (text) => appendFileSync(process.env.TARSIER_DATA_DIR + '/notes', text + '\\n');
      require('node:net').createServer((socket) => socket.on('error', () => {})).listen(process.env.TARSIER_PORT_AOBJ, '127.0.0.1');
      process.on('message', (message) => note('message ' + JSON.stringify(message)));
      process.on('disconnect', () => { note('disconnect'); process.exit(0); });
      process.on('SIGINT', () => { note('SIGINT'); process.exit(0); });
      note('start ' + process.cwd());`;
    writeFileSync(join(folder, 'server.js'), program);
    return lab;
  }

  test('beats, takes commands and stops by words through what the agent loads into it', async () => {
    const lab = await openPlain();
    const nodeHost = (): string => exportHost(lab.dataDir, 'boot');
    await lab.start([plain()], { nodeHost });
    const seen = await lab.until(service, isRunning);
    expect(seen.reason).toBeUndefined();
    await eventually(() => lab.heard.includes('alive '));
    const after = plain({ served: [{ name: 'a.conf', content: '2', levels: ['service'] }] });
    lab.supervisor.setTargets([after]);
    const pushed = await lab.until(service, ({ revision }) => revision === after.revision);
    expect(pushed).toMatchObject({ pid: seen.pid });
    expect(pushed.reason).toBeUndefined();
    lab.supervisor.setTargets([{ ...after, state: 'stopped' }]);
    await lab.until(service, ({ phase }) => phase === 'stopped');
    expect(lab.notes(service)).toEqual([
      `start ${lab.path(service, 'data')}`,
      'message {"cmd":"tars.loadconfig","data":"a.conf"}',
      'message {"cmd":"agent.shutdown"}',
      'disconnect',
    ]);
  });

  test('runs plainly where there is nothing to load, and gets a signal at once', async () => {
    const lab = await openPlain();
    await lab.start([plain()]);
    await lab.until(service, isRunning);
    lab.supervisor.setTargets([plain({ state: 'stopped' })]);
    await lab.until(service, ({ phase }) => phase === 'stopped');
    expect(lab.notes(service).slice(1)).toEqual(['SIGINT']);
  });
});

describe('a stop', () => {
  const stopped = (options: Record<string, string>, wish: Partial<TargetWish> = {}) =>
    fake(options, { ...wish, state: 'stopped', generation: 2 });

  test.each([
    ['is asked of the admin servant, which suffices', { BEATS: 'named' }, ['shutdown']],
    [
      'is said by a signal to whoever does not listen',
      { BEATS: 'named', DEAF: '1' },
      ['shutdown', 'SIGTERM'],
    ],
    [
      'is said by a signal at once without an admin servant',
      { BEATS: 'named', NO_ADMIN: '1' },
      ['SIGTERM'],
    ],
  ])('%s', async (_, options: Record<string, string>, expected) => {
    const lab = await openLab();
    await lab.start([fake(options)]);
    await lab.until(service, isRunning);
    lab.supervisor.setTargets([stopped(options)]);
    const seen = await lab.until(service, ({ phase }) => phase === 'stopped');
    expect(lab.notes(service).slice(2)).toEqual(expected);
    expect(seen.lastExit).toMatchObject({ code: 0 });
  });

  test('kills the whole tree of what neither listens nor dies', async () => {
    const lab = await openLab();
    const options = { BEATS: 'named', DEAF: '1', IMMORTAL: '1' };
    await lab.start([fake(options, { stopTimeoutMs: 1000 })]);
    const { pid } = await lab.until(service, isRunning);
    const identity = readProcessStat(pid!)!;
    lab.supervisor.setTargets([stopped(options, { stopTimeoutMs: 1000 })]);
    const seen = await lab.until(service, ({ phase }) => phase === 'stopped');
    expect(lab.notes(service).slice(2)).toEqual(['shutdown', 'SIGTERM']);
    expect(seen.lastExit).toMatchObject({ signal: 'SIGKILL' });
    expect(isAlive(identity)).toBe(false);
  });

  test('that an agent began is finished by the next one', async () => {
    const lab = await openLab();
    const options = { BEATS: 'named', DEAF: '1' };
    await lab.start([fake(options, { stopTimeoutMs: 3000 })]);
    await lab.until(service, isRunning);
    lab.supervisor.setTargets([stopped(options, { stopTimeoutMs: 3000 })]);
    await eventually(() => adminShutdowns(lab) === 1);
    await lab.start([stopped(options, { stopTimeoutMs: 3000 })]);
    await lab.until(service, ({ phase }) => phase === 'stopped');
    expect(lab.notes(service).slice(2)).toEqual(['shutdown', 'SIGTERM']);
  });
});

test('the admin servant of another service is left alone, whoever has the port', async () => {
  const lab = await openLab();
  await lab.start([fake({ BEATS: 'named', NO_ADMIN: '1' })]);
  await lab.until(service, isRunning);
  const conf = readFileSync(lab.path(service, 'conf', `${service}.config.conf`), 'utf8');
  const port = Number(/^ *local=.* -p (\d+) /m.exec(conf)?.[1]);
  const asked: string[] = [];
  const stranger = await startTarsServer({
    host: '127.0.0.1',
    port,
    servants: new Map([
      [
        'AdminObj',
        tarsServant(AdminF, {
          shutdown() {
            asked.push('shutdown');
            return {};
          },
          notify: ({ command: text }) => ({ ret: String(asked.push(text)) }),
          getPid: () => ({ ret: 1n }),
        }),
      ],
    ]),
    log: silentLogger,
  });
  onTestFinished(() => stranger.close(0));
  await expect(command(lab, 'tars.help')).rejects.toThrow('none of its processes listens');
  lab.supervisor.setTargets([fake({ BEATS: 'named', NO_ADMIN: '1' }, { state: 'stopped' })]);
  await lab.until(service, ({ phase }) => phase === 'stopped');
  expect(lab.notes(service).slice(2)).toEqual(['SIGTERM']);
  expect(asked).toEqual([]);
});

describe('a change of served files', () => {
  const file = (name: string, content: string) => ({ name, content, levels: ['service' as const] });
  const loads = (lab: SupervisorLab): readonly string[] =>
    lab.notes(service).filter((note) => note.startsWith('notify tars.loadconfig'));

  test('is told to the process, which goes on, and the new revision is reported', async () => {
    const lab = await openLab();
    const before = fake({ BEATS: 'named' }, { served: [file('a.conf', '1'), file('b.conf', '1')] });
    const after = fake(
      { BEATS: 'named' },
      { served: [file('a.conf', '2'), file('b.conf', '1'), file('c.conf', '1')], generation: 2 },
    );
    await lab.start([before]);
    const { pid } = await lab.until(service, isRunning);
    expect(lab.supervisor.configs.of(service)?.files.map(({ content }) => content)).toEqual([
      '1',
      '1',
    ]);
    lab.supervisor.setTargets([after]);
    const seen = await lab.until(service, ({ revision }) => revision === after.revision);
    expect(seen).toMatchObject({ pid, restarts: 0, phase: 'running', observedGeneration: 2 });
    expect(loads(lab)).toEqual(['notify tars.loadconfig a.conf', 'notify tars.loadconfig c.conf']);
    expect(lab.supervisor.configs.of(service)?.files[0]?.content).toBe('2');
    // Another agent has nothing left to tell.
    await lab.start([after]);
    await lab.until(service, ({ revision }) => revision === after.revision);
    expect(loads(lab)).toHaveLength(2);
    // A crash counts as a restart of the new revision.
    process.kill(pid!, 'SIGKILL');
    const back = await lab.until(service, (one) => isRunning(one) && one.pid !== pid);
    expect(back).toMatchObject({ restarts: 1, revision: after.revision });
  });

  test('that an agent could not tell before its end is told by the next one', async () => {
    const lab = await openLab();
    const before = fake({ BEATS: 'named' }, { served: [file('a.conf', '1')] });
    const after = fake({ BEATS: 'named' }, { served: [file('a.conf', '2')] });
    const calls = {
      notify: () => new Promise<string>(() => undefined),
      shutdown: () => Promise.reject(new Error('not asked for')),
      ping: () => Promise.reject(new Error('not asked for')),
    };
    await lab.start([before], { calls });
    const { pid } = await lab.until(service, isRunning);
    lab.supervisor.setTargets([after]);
    const runs = lab.path(service, 'runs');
    const intent = (): string =>
      readFileSync(join(runs, readdirSync(runs)[0]!, 'intent.json'), 'utf8');
    await eventually(() => intent().includes('"push":{"names":["a.conf"]'));
    expect(lab.observed(service)?.revision).toBe(before.revision);
    await lab.start([after]);
    const seen = await lab.until(service, ({ revision }) => revision === after.revision);
    expect(seen).toMatchObject({ pid, restarts: 0 });
    expect(loads(lab)).toEqual(['notify tars.loadconfig a.conf']);
  });

  test('that a service cannot be told of is applied all the same, and said', async () => {
    const lab = await openLab();
    const options = { BEATS: 'named', NO_ADMIN: '1' };
    const before = fake(options, { served: [file('a.conf', '1')] });
    const after = fake(options, { served: [file('a.conf', '2')] });
    await lab.start([before]);
    const { pid } = await lab.until(service, isRunning);
    lab.supervisor.setTargets([after]);
    const seen = await lab.until(service, ({ revision }) => revision === after.revision);
    expect(seen).toMatchObject({ pid, phase: 'running', reason: 'ConfigNotPushed' });
    expect(seen.message).toContain('a.conf');
  });

  test('together with anything else is a restart, before which the process keeps its own files', async () => {
    const lab = await openLab();
    const before = fake({ BEATS: 'named' }, { served: [file('a.conf', '1')] });
    const after = fake({ BEATS: 'named', OTHER: '1' }, { served: [file('a.conf', '2')] });
    await lab.start([before]);
    const { pid } = await lab.until(service, isRunning);
    lab.supervisor.setTargets([after]);
    expect(lab.supervisor.configs.of(service)?.files[0]?.content).toBe('1');
    const seen = await lab.until(service, (one) => isRunning(one) && one.pid !== pid);
    expect(seen.revision).toBe(after.revision);
    expect(lab.supervisor.configs.of(service)?.files[0]?.content).toBe('2');
    expect(loads(lab)).toEqual([]);
    const conf = lab.path(service, 'conf', `${service}.config.conf`);
    expect(statSync(conf).mode & 0o777).toBe(0o600);
  });
});
