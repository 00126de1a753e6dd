/** Runs one git command: no shell, no inherited environment, limits on time, output and files. */

import { spawn } from 'node:child_process';
import { TarsierError } from '../../errors/tarsier-error.ts';

export interface GitCommand {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** More than this on standard output ends the command; 16 MiB by default. */
  readonly outputBytesMax?: number;
  /** No file that the command writes may become larger (RLIMIT_FSIZE). */
  readonly fileBytesMax?: number;
  readonly signal?: AbortSignal;
}

export interface GitOutcome {
  /** `null` when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: Buffer;
  /** The last 16 KiB. */
  readonly stderr: string;
  readonly ended: 'by-itself' | 'timed-out' | 'output-too-large' | 'aborted';
}

const OUTPUT_BYTES_MAX_DEFAULT = 16 * 1024 ** 2;
const STDERR_CHARACTERS_MAX = 16 * 1024;
/** POSIX counts `ulimit -f` in blocks of this size. */
const ULIMIT_BLOCK_BYTES = 512;

/** The command line: through `sh` for the limit alone, with every argument passed as data. */
function gitCommandLine(command: Pick<GitCommand, 'args' | 'fileBytesMax'>): {
  file: string;
  args: string[];
} {
  if (command.fileBytesMax === undefined) return { file: 'git', args: [...command.args] };
  const blocks = Math.max(1, Math.ceil(command.fileBytesMax / ULIMIT_BLOCK_BYTES));
  const script = 'ulimit -f "$1" 2>/dev/null; shift; exec git "$@"';
  return { file: '/bin/sh', args: ['-c', script, 'sh', String(blocks), ...command.args] };
}

/** Ends a process that was started with `detached`, and all that it started. */
export function killProcessGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Resolves for every way a command can end; throws `SOURCE_GIT_MISSING` if there is no git. */
export function runGit(command: GitCommand): Promise<GitOutcome> {
  const { file, args } = gitCommandLine(command);
  const outputBytesMax = command.outputBytesMax ?? OUTPUT_BYTES_MAX_DEFAULT;
  return new Promise((resolve, reject) => {
    // Its own session: no terminal to ask for a password at, and one group to kill.
    const child = spawn(file, args, {
      env: command.environment,
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    let outputBytes = 0;
    let stderr = '';
    let ended: GitOutcome['ended'] = 'by-itself';
    const end = (reason: GitOutcome['ended']) => {
      if (ended === 'by-itself') ended = reason;
      killProcessGroup(child.pid);
    };
    const timer = setTimeout(() => end('timed-out'), command.timeoutMs);
    const onAbort = () => end('aborted');
    command.signal?.addEventListener('abort', onAbort, { once: true });
    if (command.signal?.aborted) onAbort();
    child.stdout.on('data', (chunk: Buffer) => {
      outputBytes += chunk.length;
      if (outputBytes > outputBytesMax) end('output-too-large');
      else chunks.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString('utf8')).slice(-STDERR_CHARACTERS_MAX);
    });
    const settle = () => {
      clearTimeout(timer);
      command.signal?.removeEventListener('abort', onAbort);
    };
    child.on('error', (cause) => {
      settle();
      reject(gitNotStarted(cause));
    });
    child.on('close', (exitCode, signal) => {
      settle();
      resolve({ exitCode, signal, stdout: Buffer.concat(chunks), stderr, ended });
    });
  });
}

/** The program itself could not be started: it is not there, or the machine has no room for it. */
export function gitNotStarted(cause: unknown): TarsierError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  if (!['ENOENT', 'EACCES'].includes(code)) {
    return new TarsierError('SOURCE_GIT_FAILED', `git could not be started (${code}).`, { cause });
  }
  return new TarsierError('SOURCE_GIT_MISSING', 'git could not be started.', {
    hint: 'Install git 2.36 or newer and see that it is found through PATH.',
    cause,
  });
}
