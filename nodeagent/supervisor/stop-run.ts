/** Ends a run: asks first, kills the whole tree when asking was in vain, and cleans up behind it. */

import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { killGroup, removeGroups } from '../process/control-groups.ts';
import { readProcessStat, signalProcess, type ProcessIdentity } from '../process/identity.ts';
import { runCommand, type CommandResult } from '../process/run-command.ts';
import { findTree, killTree, type TreeQuery } from '../process/tree.ts';
import { readLayout } from '../output/layout.ts';
import { runMarker, type RunIntent } from './run/run-intent.ts';
import type { RunFolder } from './run/run-folder.ts';

/** A hook that takes longer is ended. */
const HOOK_TIMEOUT_MS = 30_000;

function treeOf(run: RunFolder): TreeQuery {
  return { marker: runMarker(run.intent.runId), shim: run.readFacts().shim };
}

/**
 * A signal to the service. When that is still the shell that the start command needed (`a | b`), its
 * children get it too: a shell does not pass signals on.
 */
export function signalStop(
  service: ProcessIdentity,
  signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM',
): void {
  const children = isShell(service.pid) ? childrenOf(service.pid) : [];
  for (const child of children) signalProcess(child, signal);
  signalProcess(service, signal);
}

function isShell(pid: number): boolean {
  try {
    const [program = '', option] = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
    return program === '/bin/sh' && option === '-c';
  } catch {
    return false;
  }
}

function childrenOf(pid: number): readonly ProcessIdentity[] {
  try {
    const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ');
    return pids.flatMap((child) => readProcessStat(Number(child)) ?? []);
  } catch {
    return [];
  }
}

/** Runs the stop command; what it says goes to the output of the service. */
export function runStopCommand(run: RunFolder, logFolder: string): Promise<CommandResult> {
  const { intent } = run;
  return runInRun(intent, intent.stop ?? 'true', {
    name: 'STOP',
    timeoutMs: intent.target.content.stopTimeoutMs,
    logFolder,
  });
}

/** Kills everything of the run but its shim; returns how many are left. */
export async function killRun(run: RunFolder): Promise<number> {
  if (run.intent.killGroup !== undefined) killGroup(run.intent.killGroup);
  return killTree(treeOf(run));
}

/** Resolves when nothing of the run is left, or `isOver` says that waiting is pointless. */
export async function waitForEmptyTree(run: RunFolder, isOver: () => boolean): Promise<boolean> {
  for (let waitMs = 20; !isOver(); waitMs = Math.min(waitMs * 2, 500)) {
    if ((await findTree(treeOf(run))).length === 0) return true;
    await delay(waitMs);
  }
  return false;
}

/**
 * For an ended run; safe to repeat. What it left behind may end by itself for `graceMs`, and is
 * killed then. Returns how many processes could not be killed.
 */
export async function cleanUpRun(
  run: RunFolder,
  options: { readonly logFolder: string; readonly graceMs: number },
): Promise<number> {
  const { logFolder, graceMs } = options;
  if (graceMs > 0) await endGently(run, graceMs);
  const left = await killRun(run);
  if (left > 0) return left;
  const { intent } = run;
  if (intent.postStop !== undefined && run.isClaimed() && run.readFacts().shim !== undefined) {
    await runInRun(intent, intent.postStop, {
      name: 'POST_STOP',
      timeoutMs: HOOK_TIMEOUT_MS,
      logFolder,
    });
    await killTree(treeOf(run));
  }
  removeGroups(intent.groups);
  return 0;
}

/** Children of a service that was asked to stop have as long to finish as it had. */
async function endGently(run: RunFolder, graceMs: number): Promise<void> {
  for (const member of await findTree(treeOf(run))) signalProcess(member, 'SIGTERM');
  const deadline = performance.now() + graceMs;
  await waitForEmptyTree(run, () => performance.now() > deadline);
}

interface InRunOptions {
  readonly name: string;
  readonly timeoutMs: number;
  readonly logFolder: string;
}

async function runInRun(
  intent: RunIntent,
  command: string,
  options: InRunOptions,
): Promise<CommandResult> {
  const [name = '', value = ''] = runMarker(intent.runId).split('=');
  const live = readLayout(options.logFolder).live.at(-1);
  const output = live && openSync(live.path, 'a');
  try {
    return await runCommand(command, {
      folder: intent.folder,
      env: { ...intent.env, [name]: value },
      timeoutMs: options.timeoutMs,
      marker: `TARSIER_${options.name}=${intent.runId}`,
      ...(output === undefined ? {} : { output }),
      ...(intent.user === undefined ? {} : { user: intent.user }),
    });
  } finally {
    if (output !== undefined) closeSync(output);
  }
}
