/** The next step for one instance: a pure function of what is wanted, what is there, and the time. */

import { isCrashLoop, nextStartAt, pauseMs, startsMax } from './attempts.ts';
import type { Action, Decision, Problem, RunView, Situation, Wanted } from './situation.ts';

/** A process was there, and did not stay. */
const crashReasons: ReadonlySet<string> = new Set([
  'Exited',
  'HookFailed',
  'MonitorFailed',
  'OutOfMemory',
  'Silent',
  'StartTimeout',
]);

/** A kill that had no effect (a process in uninterruptible sleep) is repeated this often. */
const KILL_AGAIN_MS = 2000;

/**
 * One step at a time: nothing starts before the last run has ended and been cleaned up, and nothing
 * that runs is stopped for a new revision before the new release is on the disk.
 */
export function decide(situation: Situation): Decision {
  const { run } = situation;
  if (run === undefined) return decideIdle(situation);
  if (run.phase !== 'ended') return decideLive(situation, run);
  if (!run.cleaned) return { action: { type: 'clean-up' }, phase: 'stopping' };
  return decideIdle(situation);
}

function decideLive(situation: Situation, run: RunView): Decision {
  const { now, wanted } = situation;
  if (run.killedAt !== undefined) return decideKilled(situation, run.killedAt);
  if (run.stopAskedAt !== undefined) {
    const killAt = run.stopAskedAt + run.stopTimeoutMs;
    if (now < killAt) return withProblem('stopping', situation.lastProblem, { wakeAt: killAt });
    return withProblem('stopping', situation.lastProblem, kill('stop-timeout'));
  }
  if (wanted === undefined || wanted.state === 'stopped') {
    return { action: { type: 'ask-stop', why: 'target' }, phase: 'stopping' };
  }
  if (run.failuresMax > 0 && run.failures >= run.failuresMax) return decideFailing(run, 'monitor');
  if (!run.ready && now >= run.readyBy) return decideFailing(run, 'start-timeout');
  // It may still do half of its work, so that it is asked to end before it is made to.
  if (run.silence !== undefined)
    return { action: { type: 'ask-stop', why: 'silence' }, phase: 'stopping' };
  if (needsRestart(wanted, run)) return decideReplace(situation, run);
  if (wanted.revision !== run.revision && run.ready && run.isPushing !== true)
    return { ...describeLive(situation, run), action: { type: 'push' } };
  return describeLive(situation, run);
}

/** What is served to a service is changed under it. */
function needsRestart(wanted: Wanted, run: RunView): boolean {
  if (wanted.revision === run.revision) return false;
  return wanted.launch === undefined || wanted.launch !== run.launch;
}

function decideKilled(situation: Situation, killedAt: number): Decision {
  const again = killedAt + KILL_AGAIN_MS;
  if (situation.now < again)
    return withProblem('stopping', situation.lastProblem, { wakeAt: again });
  const message =
    'The process does not end, although it was killed. It is killed again every 2 s; look at its state in /proc.';
  return {
    ...kill('stop-timeout'),
    phase: 'stopping',
    problem: { reason: 'KillHasNoEffect', message },
  };
}

/** A process that hangs is killed; a daemon is asked through its stop command, which knows it. */
function decideFailing(run: RunView, why: 'monitor' | 'start-timeout'): Decision {
  if (run.phase === 'daemon') return { action: { type: 'ask-stop', why }, phase: 'stopping' };
  return { ...kill(why), phase: 'stopping' };
}

/** The old revision runs on until the new one can be started. */
function decideReplace(situation: Situation, run: RunView): Decision {
  const { now, install, blocked } = situation;
  const { phase } = describeLive(situation, run);
  if (blocked !== undefined) return { phase, problem: blocked, ...wake(run) };
  if (install.state === 'done')
    return { action: { type: 'ask-stop', why: 'revision' }, phase: 'stopping' };
  if (install.state === 'needed') return { action: { type: 'install' }, phase };
  if (install.state === 'working') return { phase, ...wake(run) };
  if (now >= install.retryAt) return { action: { type: 'install' }, phase };
  const { reason, message, retryAt } = install;
  return { phase, problem: { reason, message }, nextTryAt: retryAt, wakeAt: retryAt };
}

function describeLive(situation: Situation, run: RunView): Decision {
  if (!run.ready) return withProblem('starting', situation.lastProblem, wake(run));
  if (run.failures > 0) {
    const detail = run.failureDetail ?? 'no answer';
    const message = `The monitor failed ${run.failures} of ${run.failuresMax} times in a row: ${detail}`;
    return { phase: 'unready', problem: { reason: 'MonitorFailing', message } };
  }
  return withProblem('running', situation.remark, {});
}

function decideIdle(situation: Situation): Decision {
  const { now, wanted, install, attempts, blocked } = situation;
  if (wanted === undefined) return { action: { type: 'forget' }, phase: 'stopped' };
  if (wanted.state === 'stopped') return { phase: 'stopped' };
  if (blocked !== undefined) return { phase: 'failed', problem: blocked };
  if (install.state === 'needed') return { action: { type: 'install' }, phase: 'installing' };
  if (install.state === 'working') return { phase: 'installing' };
  if (install.state === 'failed') {
    if (now >= install.retryAt) return { action: { type: 'install' }, phase: 'installing' };
    const { reason, message, retryAt } = install;
    return { phase: 'backoff', problem: { reason, message }, nextTryAt: retryAt, wakeAt: retryAt };
  }
  const startAt = nextStartAt(attempts, now);
  if (now >= startAt)
    return withProblem('starting', situation.lastProblem, { action: { type: 'start' } });
  return {
    phase: 'backoff',
    problem: backoffProblem(situation),
    nextTryAt: startAt,
    wakeAt: startAt,
  };
}

function backoffProblem(situation: Situation): Problem {
  const { attempts, lastProblem, now } = situation;
  const cause = lastProblem ?? { reason: 'Exited', message: 'It did not stay up.' };
  // What never began to run is told as it is, such as a port that is taken.
  if (!crashReasons.has(cause.reason) || !isCrashLoop(attempts, now)) return cause;
  const pace = attempts.paused
    ? `It was started ${startsMax} times within a minute and is now tried every ${pauseMs / 60_000} minutes; a new revision is tried at once. `
    : '';
  return { reason: 'CrashLoop', message: `${pace}${cause.message}` };
}

function kill(why: 'stop-timeout' | 'start-timeout' | 'monitor'): { readonly action: Action } {
  return { action: { type: 'kill', why } };
}

function wake(run: RunView): { readonly wakeAt?: number } {
  return run.ready ? {} : { wakeAt: run.readyBy };
}

function withProblem(
  phase: Decision['phase'],
  problem: Problem | undefined,
  rest: Omit<Decision, 'phase' | 'problem'>,
): Decision {
  return problem === undefined ? { phase, ...rest } : { phase, problem, ...rest };
}
