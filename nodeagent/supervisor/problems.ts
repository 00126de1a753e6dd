/** Says in words for people what went wrong with an instance. */

import { isTarsierError } from '../../errors/tarsier-error.ts';
import type { ExitRecord } from '../../registry/model.ts';
import { readLastWords } from '../output/last-words.ts';
import { wasOutOfMemory } from '../process/control-groups.ts';
import { describeProcess } from '../process/describe-process.ts';
import { describeExit, type JournalFacts } from './decide/journal.ts';
import type { Action, Problem, RunView } from './decide/situation.ts';
import type { RunFolder } from './run/run-folder.ts';

/** The last lines that a run wrote, as the end of a sentence. */
function lastWords(run: RunFolder, logFolder: string): string {
  const words = readLastWords(logFolder, run.intent.outputPosition);
  return words === '' ? 'It wrote nothing.' : `Last output: ${words}`;
}

/** Why a run ended that nobody asked to end; `undefined` for one that was asked. */
export function exitProblem(
  run: RunFolder,
  facts: JournalFacts,
  options: { readonly exit: ExitRecord; readonly logFolder: string; readonly bootId: string },
): Problem | undefined {
  if (facts.stopAskedAt !== undefined || facts.killedAt !== undefined) return undefined;
  const { service } = run.intent.target;
  if (run.intent.bootId !== options.bootId) {
    return {
      reason: 'MachineRestarted',
      message: `${service} ended when the machine was restarted.`,
    };
  }
  const said = lastWords(run, options.logFolder);
  if (facts.preStart !== undefined && facts.preStart !== 0) {
    const message = `The preStart hook of ${service} exited with code ${facts.preStart}, so the service was not started. ${said}`;
    return { reason: 'HookFailed', message };
  }
  if (wasOutOfMemory(run.intent.groups)) {
    const message = `${service} needed more memory than limits.memory allows, and the kernel ended it. ${said}`;
    return { reason: 'OutOfMemory', message };
  }
  const livedMs = Math.max(0, options.exit.at - run.intent.startedAt);
  const message = `${service} ${describeExit(options.exit)} ${(livedMs / 1000).toFixed(1)} s after its start. ${said}`;
  return { reason: 'Exited', message };
}

export interface KillEvidence {
  readonly why: (Action & { type: 'kill' })['why'];
  readonly view: RunView;
  readonly pid: number | undefined;
  readonly logFolder: string;
}

/** Taken before the kill, while the process can still be looked at. */
export function killProblem(run: RunFolder, evidence: KillEvidence): Problem {
  const { service, content } = run.intent.target;
  const { view, pid } = evidence;
  const state = pid === undefined ? '' : describeProcess(pid);
  const seen = `${state === '' ? '' : `Its process was ${state}. `}${lastWords(run, evidence.logFolder)}`;
  const detail = view.failureDetail === undefined ? '' : `: ${view.failureDetail}`;
  if (evidence.why === 'monitor') {
    const message = `The monitor of ${service} failed ${view.failures} times in a row${detail}. ${seen}`;
    return { reason: 'MonitorFailed', message };
  }
  if (evidence.why === 'start-timeout') {
    const message = `${service} was not ready within ${content.startTimeoutMs / 1000} s of its start${detail}. ${seen}`;
    return { reason: 'StartTimeout', message };
  }
  const message = `${service} did not stop within ${content.stopTimeoutMs / 1000} s and was killed. ${seen}`;
  return { reason: 'StopTimeout', message };
}

/** For an error while installing or starting; `isFinal` when only another target can help. */
export function errorProblem(error: unknown): Problem & { readonly isFinal: boolean } {
  if (isTarsierError(error)) {
    const hint = error.hint === undefined ? '' : ` ${error.hint}`;
    return {
      reason: reasonOf(error.code),
      message: `${error.message}${hint}`,
      isFinal: error.consequence === 'terminal',
    };
  }
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = code === 'ENOSPC' ? 'DiskFull' : 'StartFailed';
  return { reason, message: `The start failed: ${message}. It is tried again.`, isFinal: false };
}

/** `AGENT_PORT_TAKEN` becomes `PortTaken`. */
function reasonOf(code: string): string {
  return code
    .replace(/^AGENT_/, '')
    .toLowerCase()
    .replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Nobody's beats are heard, and nobody is told where others are (`AGENT_SERVANTS_CLOSED`). */
export function closedRemark(port: number): Problem {
  const message = `It runs, but port ${port}, where it finds the framework, is not open: it gets no addresses and no configuration, and is not watched by its beats. Free the port, or give the agent another one with --servants.`;
  return { reason: 'FrameworkClosed', message };
}

/** A run that lives, but not in every way as it was asked to. */
export function runRemark(
  run: RunFolder,
  facts: JournalFacts,
  isLossy: boolean,
): Problem | undefined {
  const missing = [...run.intent.unenforced, ...facts.unlimited];
  if (missing.length > 0) {
    const message = `It runs without these limits: ${missing.join(', ')}.`;
    return { reason: 'LimitsNotEnforced', message };
  }
  const { changedPaths = [] } = run.intent;
  if (changedPaths.length > 0) {
    const message = `Files of its release were changed on this machine: ${changedPaths.join(', ')}. The next start replaces them, if the package can be fetched.`;
    return { reason: 'ReleaseChanged', message };
  }
  const { notTold = [], remark } = run.intent;
  if (notTold.length > 0) {
    const message = `It could not be told that these configuration files changed: ${notTold.join(', ')}. It keeps what it loaded before; restart it, or have it load them by itself.`;
    return { reason: 'ConfigNotPushed', message };
  }
  if (remark !== undefined) return remark;
  if (!isLossy) return undefined;
  const message =
    'The file system of its output cannot punch holes, so that a rotation may lose what is written at that moment.';
  return { reason: 'LogRotationLossy', message };
}
