import { describe, expect, test } from 'vitest';
import { noAttempts } from '../../../nodeagent/supervisor/decide/attempts.ts';
import { decide } from '../../../nodeagent/supervisor/decide/decide.ts';
import type {
  Decision,
  RunView,
  Situation,
} from '../../../nodeagent/supervisor/decide/situation.ts';

const now = 1_000_000;

function situation(given: Partial<Situation> = {}): Situation {
  return {
    now,
    wanted: { state: 'running', revision: 'r1' },
    run: undefined,
    install: { state: 'done' },
    attempts: noAttempts('r1'),
    ...given,
  };
}

function run(given: Partial<RunView> = {}): RunView {
  return {
    runId: 'run',
    revision: 'r1',
    phase: 'alive',
    ready: true,
    readyBy: now + 10_000,
    stopTimeoutMs: 5000,
    failures: 0,
    failuresMax: 0,
    cleaned: false,
    ...given,
  };
}

const stopped = { state: 'stopped', revision: 'r1' } as const;
const r2 = { state: 'running', revision: 'r2' } as const;
const failedInstall = { state: 'failed', reason: 'X', message: 'x', retryAt: now + 50 } as const;
const problem = { reason: 'Exited', message: 'gone' };
const loop = { revision: 'r1', starts: [now - 30, now - 20, now - 10], paused: false };

const rows: readonly (readonly [name: string, given: Situation, expected: Partial<Decision>])[] = [
  ['nothing there: start', situation(), { action: { type: 'start' }, phase: 'starting' }],
  [
    'release missing: install first',
    situation({ install: { state: 'needed' } }),
    { action: { type: 'install' }, phase: 'installing' },
  ],
  [
    'release on its way: wait',
    situation({ install: { state: 'working' } }),
    { phase: 'installing' },
  ],
  [
    'install failed: wait for the next try',
    situation({ install: failedInstall }),
    {
      phase: 'backoff',
      nextTryAt: now + 50,
      wakeAt: now + 50,
      problem: { reason: 'X', message: 'x' },
    },
  ],
  [
    'install failed long enough ago: try again',
    situation({ install: { ...failedInstall, retryAt: now } }),
    { action: { type: 'install' }, phase: 'installing' },
  ],
  ['runs as wanted: nothing', situation({ run: run() }), { phase: 'running' }],
  [
    'an adapter is silent: ask it to end, and start again',
    situation({ run: run({ silence: { adapter: 'A', silentMs: 1, kind: 'beat' } }) }),
    { action: { type: 'ask-stop', why: 'silence' }, phase: 'stopping' },
  ],
  [
    'silent and not wanted any more: stop as wished',
    situation({
      wanted: stopped,
      run: run({ silence: { adapter: 'A', silentMs: 1, kind: 'beat' } }),
    }),
    { action: { type: 'ask-stop', why: 'target' }, phase: 'stopping' },
  ],
  [
    'only served files changed: tell the process',
    situation({ wanted: { ...r2, launch: 'l1' }, run: run({ launch: 'l1' }) }),
    { action: { type: 'push' }, phase: 'running' },
  ],
  [
    'only served files changed, and it is being told: wait',
    situation({ wanted: { ...r2, launch: 'l1' }, run: run({ launch: 'l1', isPushing: true }) }),
    { phase: 'running' },
  ],
  [
    'only served files changed, and it is not ready: tell it later',
    situation({ wanted: { ...r2, launch: 'l1' }, run: run({ launch: 'l1', ready: false }) }),
    { phase: 'starting', wakeAt: now + 10_000 },
  ],
  [
    'more than served files changed: replace',
    situation({ wanted: { ...r2, launch: 'l2' }, run: run({ launch: 'l1' }) }),
    { action: { type: 'ask-stop', why: 'revision' }, phase: 'stopping' },
  ],
  [
    'changed, and started by an agent that knew no served files: replace',
    situation({ wanted: { ...r2, launch: 'l1' }, run: run() }),
    { action: { type: 'ask-stop', why: 'revision' }, phase: 'stopping' },
  ],
  [
    'not ready yet: wait until the start times out',
    situation({ run: run({ ready: false }) }),
    { phase: 'starting', wakeAt: now + 10_000 },
  ],
  [
    'not ready in time: kill',
    situation({ run: run({ ready: false, readyBy: now }) }),
    { action: { type: 'kill', why: 'start-timeout' }, phase: 'stopping' },
  ],
  [
    'monitor fails: unready',
    situation({ run: run({ failures: 2, failuresMax: 3, failureDetail: 'refused' }) }),
    {
      phase: 'unready',
      problem: {
        reason: 'MonitorFailing',
        message: 'The monitor failed 2 of 3 times in a row: refused',
      },
    },
  ],
  [
    'monitor failed too often: kill',
    situation({ run: run({ failures: 3, failuresMax: 3 }) }),
    { action: { type: 'kill', why: 'monitor' }, phase: 'stopping' },
  ],
  [
    'monitor of a daemon failed too often: its stop command knows how',
    situation({ run: run({ phase: 'daemon', failures: 3, failuresMax: 3 }) }),
    { action: { type: 'ask-stop', why: 'monitor' }, phase: 'stopping' },
  ],
  [
    'daemon that is not ready in time: its stop command knows how',
    situation({ run: run({ phase: 'daemon', ready: false, readyBy: now }) }),
    { action: { type: 'ask-stop', why: 'start-timeout' }, phase: 'stopping' },
  ],
  [
    'to be stopped: ask',
    situation({ wanted: stopped, run: run() }),
    { action: { type: 'ask-stop', why: 'target' }, phase: 'stopping' },
  ],
  [
    'taken off the node: ask',
    situation({ wanted: undefined, run: run() }),
    { action: { type: 'ask-stop', why: 'target' }, phase: 'stopping' },
  ],
  [
    'asked: wait',
    situation({ wanted: stopped, run: run({ stopAskedAt: now - 10 }) }),
    { phase: 'stopping', wakeAt: now + 4990 },
  ],
  [
    'asked, and wanted again meanwhile: the stop goes on',
    situation({ run: run({ stopAskedAt: now - 10 }) }),
    { phase: 'stopping', wakeAt: now + 4990 },
  ],
  [
    'asked in vain: kill',
    situation({ wanted: stopped, run: run({ stopAskedAt: now - 5000 }) }),
    { action: { type: 'kill', why: 'stop-timeout' }, phase: 'stopping' },
  ],
  [
    'killed: wait',
    situation({ wanted: stopped, run: run({ killedAt: now - 1 }) }),
    { phase: 'stopping', wakeAt: now + 1999 },
  ],
  [
    'killed in vain: kill again',
    situation({ wanted: stopped, run: run({ killedAt: now - 2000 }) }),
    { action: { type: 'kill', why: 'stop-timeout' }, phase: 'stopping' },
  ],
  [
    'new revision, release missing: install while the old one runs',
    situation({ wanted: r2, run: run(), install: { state: 'needed' } }),
    { action: { type: 'install' }, phase: 'running' },
  ],
  [
    'new revision cannot be installed: the old one runs on',
    situation({ wanted: r2, run: run(), install: failedInstall }),
    { phase: 'running', problem: { reason: 'X', message: 'x' }, nextTryAt: now + 50 },
  ],
  [
    'new revision is there: stop the old one',
    situation({ wanted: r2, run: run() }),
    { action: { type: 'ask-stop', why: 'revision' }, phase: 'stopping' },
  ],
  [
    'new revision can never start: the old one runs on',
    situation({ wanted: r2, run: run(), blocked: problem }),
    { phase: 'running', problem },
  ],
  [
    'ended: clean up before anything else',
    situation({ run: run({ phase: 'ended' }) }),
    { action: { type: 'clean-up' } },
  ],
  [
    'ended and cleaned: start again at once',
    situation({
      run: run({ phase: 'ended', cleaned: true }),
      attempts: { ...loop, starts: [now - 10] },
    }),
    { action: { type: 'start' }, phase: 'starting' },
  ],
  [
    'ended again and again: wait longer',
    situation({
      run: run({ phase: 'ended', cleaned: true }),
      attempts: loop,
      lastProblem: problem,
    }),
    {
      phase: 'backoff',
      nextTryAt: now - 10 + 500,
      problem: { reason: 'CrashLoop', message: 'gone' },
    },
  ],
  [
    'could not even be started, again and again: wait longer, and say why',
    situation({ attempts: loop, lastProblem: { reason: 'PortTaken', message: 'by pid 1' } }),
    { phase: 'backoff', problem: { reason: 'PortTaken', message: 'by pid 1' } },
  ],
  [
    'too many starts: the long pause',
    situation({ attempts: { ...loop, paused: true }, lastProblem: problem }),
    { phase: 'backoff', nextTryAt: now - 10 + 600_000 },
  ],
  [
    'cannot be started at all: failed',
    situation({ blocked: problem }),
    { phase: 'failed', problem },
  ],
  [
    'stopped and not running: stopped',
    situation({ wanted: stopped, run: run({ phase: 'ended', cleaned: true }) }),
    { phase: 'stopped' },
  ],
  [
    'taken off the node and not running: forget',
    situation({ wanted: undefined, run: run({ phase: 'ended', cleaned: true }) }),
    { action: { type: 'forget' }, phase: 'stopped' },
  ],
];

describe('decide', () => {
  test.each(rows)('%s', (_name, given, expected) => {
    const decision = decide(given);
    expect(decision).toMatchObject(expected);
    expect(decision.action).toEqual(expected.action);
  });
});
