/** What a failed git command means: from its words to a code and a sentence that says what to do. */

import type { ErrorCode } from '../../errors/codes.ts';
import { TarsierError } from '../../errors/tarsier-error.ts';
import type { GitOutcome } from './git-process.ts';
import { redactUrls } from './repository-url.ts';

export interface FailureContext {
  /** Redacted. */
  readonly shownUrl: string;
  readonly timeoutMs: number;
  readonly packBytesMax?: number;
}

interface FailurePattern {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly message: (context: FailureContext) => string;
  readonly hint?: string;
}

/** The first match wins, so the particular stands before the general. */
const patterns: readonly FailurePattern[] = [
  {
    pattern: /died of signal 25|File too large|SIGXFSZ/i,
    code: 'SOURCE_PACK_TOO_LARGE',
    message: ({ shownUrl, packBytesMax }) =>
      `${shownUrl} sends more than the limit of ${packBytesMax ?? 0} bytes.`,
  },
  {
    pattern: /No space left on device/i,
    code: 'SOURCE_DISK_FULL',
    message: ({ shownUrl }) => `There is no space left for the copy of ${shownUrl}.`,
  },
  {
    pattern:
      /fsck error|fsck_object|error in (tree|commit|blob|tag) [0-9a-f]{40}|broken links|corruption on the remote side/i,
    code: 'SOURCE_OBJECTS_REFUSED',
    message: ({ shownUrl }) =>
      `${shownUrl} holds objects that git's own check refuses, so nothing of it was taken over.`,
  },
  {
    pattern: /dubious ownership/i,
    code: 'SOURCE_OWNER_DIFFERS',
    message: ({ shownUrl }) => `${shownUrl} belongs to another user of this machine.`,
  },
  {
    pattern: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/i,
    code: 'SOURCE_HOST_KEY_UNKNOWN',
    message: ({ shownUrl }) => `The host key of ${shownUrl} is not among the known ones.`,
  },
  {
    pattern:
      /Permission denied \(|Authentication failed|could not read Username|could not read Password|HTTP Basic: Access denied|returned error: 40[13]|terminal prompts disabled|Invalid username or/i,
    code: 'SOURCE_AUTH_FAILED',
    message: ({ shownUrl }) => `${shownUrl} did not let us in.`,
  },
  {
    pattern:
      /Could not resolve host|Name or service not known|Temporary failure in name resolution|nodename nor servname/i,
    code: 'SOURCE_HOST_NOT_FOUND',
    message: ({ shownUrl }) => `The host name of ${shownUrl} cannot be resolved.`,
  },
  {
    pattern: /certificate|SSL|TLS|server verification failed/i,
    code: 'SOURCE_TLS_UNTRUSTED',
    message: ({ shownUrl }) => `No trusted encrypted connection to ${shownUrl} could be made.`,
  },
  {
    pattern: /unable to update url base from redirection|returned error: 30\d|redirect/i,
    code: 'SOURCE_REDIRECTED',
    message: ({ shownUrl }) => `${shownUrl} redirects to another address, which is not followed.`,
  },
  {
    pattern: /Operation too slow|timed out|Operation timed out|Connection timed out/i,
    code: 'SOURCE_TIMEOUT',
    message: ({ shownUrl }) => `${shownUrl} did not answer in time.`,
  },
  {
    pattern:
      /Connection refused|Couldn't connect|Failed to connect|No route to host|Network is unreachable|Connection reset|early EOF|unexpected disconnect|Recv failure|Empty reply/i,
    code: 'SOURCE_UNREACHABLE',
    message: ({ shownUrl }) => `${shownUrl} cannot be reached.`,
  },
  {
    pattern:
      /not a git repository|does not appear to be a git repository|repository .* not found|returned error: 404|not valid: is this a git repository/i,
    code: 'SOURCE_NOT_A_REPOSITORY',
    message: ({ shownUrl }) => `${shownUrl} is not a Git repository.`,
  },
  {
    pattern: /transport '.*' not allowed/i,
    code: 'SOURCE_URL_REFUSED',
    message: ({ shownUrl }) => `${shownUrl} asks for a transport that is not allowed.`,
  },
];

const damage =
  /^(fatal|error): .*(bad object|corrupt|inflate|loose object|packfile|unable to read|missing (blob|tree|commit)|object file .* is empty|not a git repository|bad config)/m;

/** Whether our own copy is what git complains of, rather than the repository it talks to. */
export function isMirrorDamage(stderr: string): boolean {
  return damage.test(stderr) && !stderr.includes('remote side');
}

/** One line of what git said, without escape sequences and credentials. */
export function gitWords(stderr: string): string {
  const lines = redactUrls(stderr)
    // oxlint-disable-next-line no-control-regex -- what a terminal would obey is taken out.
    .replaceAll(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter(
      (line) => line !== '' && !line.startsWith('hint:') && !/^(remote: )?warning:/.test(line),
    );
  const telling = lines.find((line) => /^(fatal|error|remote|ssh):/.test(line)) ?? lines[0] ?? '';
  return telling.slice(0, 200);
}

/** The coded error for an outcome that is not a success. */
export function explainGitFailure(outcome: GitOutcome, context: FailureContext): TarsierError {
  const words = gitWords(outcome.stderr);
  if (outcome.ended === 'timed-out') {
    return new TarsierError(
      'SOURCE_TIMEOUT',
      `${context.shownUrl} did not answer within ${context.timeoutMs / 1000} s.`,
      { details: { git: words } },
    );
  }
  if (outcome.ended === 'aborted') {
    return new TarsierError('SOURCE_STOPPED', `Looking at ${context.shownUrl} was stopped.`);
  }
  const match = patterns.find(({ pattern }) => pattern.test(outcome.stderr));
  const details = { git: words, exitCode: outcome.exitCode, signal: outcome.signal };
  if (match === undefined) {
    const end = outcome.signal ?? `exit status ${outcome.exitCode}`;
    return new TarsierError(
      'SOURCE_GIT_FAILED',
      `git failed with ${end} for ${context.shownUrl}${words === '' ? '' : `: ${words}`}`,
      { details },
    );
  }
  const said = words === '' ? '' : ` git says: ${words}`;
  return new TarsierError(match.code, `${match.message(context)}${said}`, { details });
}

/** The coded error for what the file system says; `undefined` for what is none of its errors. */
export function explainSystemError(error: unknown): TarsierError | undefined {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (typeof code !== 'string' || typeof syscall !== 'string') return undefined;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return new TarsierError(
    isFull ? 'SOURCE_DISK_FULL' : 'SOURCE_GIT_FAILED',
    `The controller's copy of the repository cannot be written (${syscall}: ${code}).`,
    { cause: error },
  );
}
