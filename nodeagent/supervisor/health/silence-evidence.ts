/** Looks at a service that has gone silent, before it is ended: what its processes do, and what it said last. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeProcess } from '../../process/describe-process.ts';
import { findTree } from '../../process/tree.ts';
import { readLastLines, readLastWords } from '../../output/last-words.ts';
import { readLibraryLog } from '../../output/library-log.ts';
import type { Silence } from '../decide/beats.ts';
import type { Problem } from '../decide/situation.ts';
import type { RunFolder } from '../run/run-folder.ts';
import { runMarker } from '../run/run-intent.ts';

const PROCESSES_MAX = 32;
const THREADS_MAX = 64;
const LINES = 50;
const FILE_NAME = 'silence';

/** Writes it into the run's folder, as far as that is possible, and says it in short. */
export async function captureSilence(
  run: RunFolder,
  silence: Silence,
  options: { readonly pid: number | undefined; readonly logFolder: string },
): Promise<Problem> {
  const { pid, logFolder } = options;
  const { outputPosition, runId, target } = run.intent;
  const what = describeSilence(silence);
  const shim = run.readFacts().shim;
  const tree = await findTree({ marker: runMarker(runId), shim });
  const processes = tree.slice(0, PROCESSES_MAX).map((one) => describeInFull(one.pid));
  const lines = readLastLines(logFolder, outputPosition, LINES);
  const path = join(run.path, FILE_NAME);
  const logged = readLibraryLog(join(logFolder, 'tars'), LINES);
  const parts = ['Last output:', ...lines, 'Last lines of its own log:', ...logged, ''];
  const text = [`${target.service}: ${what}.`, ...processes, ...parts].join('\n');
  const isWritten = tryWrite(path, text);
  const state = pid === undefined ? '' : describeProcess(pid);
  const words = readLastWords(logFolder, outputPosition);
  return {
    reason: 'Silent',
    message: [
      `${target.service} was restarted: ${what}.`,
      ...(state === '' ? [] : [`Its process was ${state}.`]),
      words === '' ? 'It wrote nothing.' : `Last output: ${words}`,
      ...(isWritten ? [`What its threads did is in ${path}.`] : []),
    ].join(' '),
  };
}

function describeSilence({ adapter, silentMs, kind }: Silence): string {
  const who = adapter === '' ? 'it' : `its adapter ${adapter}`;
  const did = kind === 'beat' ? 'has sent no beat' : 'has not answered tars_ping';
  return `${who} ${did} for ${(silentMs / 1000).toFixed(1)} s`;
}

function describeInFull(pid: number): string {
  const parts = [
    `Process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').slice(0, 1000)}`,
    read(`/proc/${pid}/status`),
    ...threadsOf(pid),
  ];
  return parts.join('\n');
}

/** The stack of the kernel is for root alone; where a thread waits is told to its own user as well. */
function threadsOf(pid: number): readonly string[] {
  let ids: readonly string[];
  try {
    ids = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  return ids.slice(0, THREADS_MAX).map((id) => {
    const place = `/proc/${pid}/task/${id}`;
    const stat = read(`${place}/stat`);
    const state = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0] ?? '';
    const stack = read(`${place}/stack`);
    const head = `Thread ${id} ${read(`${place}/comm`)}: ${state} in ${read(`${place}/wchan`)}`;
    return stack === '' ? head : `${head}\n${stack}`;
  });
}

function tryWrite(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
