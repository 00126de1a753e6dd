/** Reads what the shim and the agent wrote about one run, line by line. */

import type { ExitRecord, TimeMs } from '../../../registry/model.ts';

export interface ProcessMark {
  readonly pid: number;
  readonly startTicks: number;
}

/** One fact per line; a line that was cut short by a crash says nothing. */
export interface JournalFacts {
  readonly shim?: ProcessMark;
  readonly service?: ProcessMark;
  /** Exit status of the preStart hook. */
  readonly preStart?: number;
  /** Exit status of the service, as the shell counts: above 128 is a signal. */
  readonly exitStatus?: number;
  /** Limits that could not be set. */
  readonly unlimited: readonly string[];
  readonly readyAt?: TimeMs;
  /** Ports of servants that did not listen when it became ready. */
  readonly silentPorts?: readonly number[];
  /** Adapters whose beats were heard; empty for a beat that spoke for all. */
  readonly heard?: readonly string[];
  /** Adapters that answered a question of the agent. */
  readonly answered?: readonly string[];
  /** Of the TARS library in it, as it says. */
  readonly libraryVersion?: string;
  readonly stopAskedAt?: TimeMs;
  readonly stopAskedWhy?: string;
  /** The stop signal was sent, or the stop command was started. */
  readonly stopSentAt?: TimeMs;
  /** A service that was asked in words got the signal as well. */
  readonly stopSignalAt?: TimeMs;
  readonly killedAt?: TimeMs;
  readonly killedWhy?: string;
  /** Its start command returned, and it lives on by itself. */
  readonly daemonAt?: TimeMs;
  readonly endedAt?: TimeMs;
  readonly cleanedAt?: TimeMs;
}

type Draft = { -readonly [Key in keyof JournalFacts]: JournalFacts[Key] } & { unlimited: string[] };

const readers: Readonly<Record<string, (draft: Draft, words: readonly string[]) => void>> = {
  shim: (draft, words) => readMark(words, (mark) => (draft.shim = mark)),
  service: (draft, words) => readMark(words, (mark) => (draft.service = mark)),
  'pre-start': (draft, words) => readNumber(words, (value) => (draft.preStart = value)),
  exit: (draft, words) => readNumber(words, (value) => (draft.exitStatus = value)),
  unlimited: (draft, words) => void draft.unlimited.push(words[0] ?? ''),
  ready: (draft, words) =>
    readNumber(words, (value) => {
      draft.readyAt = value;
      const silent = words.slice(1).map(Number).filter(Number.isInteger);
      if (silent.length > 0) draft.silentPorts = silent;
    }),
  heard: (draft, words) => void (draft.heard = [...(draft.heard ?? []), nameIn(words)]),
  answered: (draft, words) => void (draft.answered = [...(draft.answered ?? []), nameIn(words)]),
  library: (draft, words) => void (draft.libraryVersion = words.join(' ')),
  'stop-asked': (draft, words) =>
    readNumber(words, (value) => {
      draft.stopAskedAt ??= value;
      draft.stopAskedWhy ??= words[1] ?? '';
    }),
  'stop-sent': (draft, words) => readNumber(words, (value) => (draft.stopSentAt ??= value)),
  'stop-signal': (draft, words) => readNumber(words, (value) => (draft.stopSignalAt ??= value)),
  killed: (draft, words) =>
    readNumber(words, (value) => {
      draft.killedAt = value;
      draft.killedWhy ??= words[1] ?? '';
    }),
  daemon: (draft, words) => readNumber(words, (value) => (draft.daemonAt = value)),
  ended: (draft, words) => readNumber(words, (value) => (draft.endedAt ??= value)),
  cleaned: (draft, words) => readNumber(words, (value) => (draft.cleanedAt = value)),
};

export function parseJournal(text: string): JournalFacts {
  const draft: Draft = { unlimited: [] };
  const lines = text.split('\n');
  // Behind the last newline is nothing, or a line that is still being written.
  for (const line of lines.slice(0, -1)) {
    const [name = '', ...words] = line.split(' ');
    if (Object.hasOwn(readers, name)) readers[name]?.(draft, words);
  }
  return draft;
}

/** `*` stands for every adapter: a line must not end in a blank. */
export const everyAdapterMark = '*';

function nameIn(words: readonly string[]): string {
  const [name = ''] = words;
  return name === everyAdapterMark ? '' : name;
}

function readNumber(words: readonly string[], set: (value: number) => void): void {
  const value = Number(words[0]);
  if (words[0] !== undefined && words[0] !== '' && Number.isFinite(value)) set(value);
}

function readMark(words: readonly string[], set: (mark: ProcessMark) => void): void {
  const [pid, startTicks] = words.map(Number);
  if (pid !== undefined && startTicks !== undefined && pid > 0) set({ pid, startTicks });
}

const signalNames: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  10: 'SIGUSR1',
  11: 'SIGSEGV',
  12: 'SIGUSR2',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
  31: 'SIGSYS',
};

/** A shell cannot tell an exit status of 137 from a SIGKILL; the signal is by far the likelier. */
export function exitRecord(status: number | undefined, at: TimeMs): ExitRecord {
  if (status === undefined) return { at };
  const signal = status > 128 ? signalNames[status - 128] : undefined;
  return signal === undefined ? { code: status, at } : { signal, at };
}

/** Such as `exited with code 1` or `was ended by SIGKILL`. */
export function describeExit(exit: ExitRecord): string {
  if (exit.signal !== undefined) return `was ended by ${exit.signal}`;
  if (exit.code !== undefined) return `exited with code ${exit.code}`;
  return 'ended, and what it returned is not known because its shim was killed too';
}
