/** What an operator says about the repository, checked before git sees any of it. */

import { TarsierError } from '../../errors/tarsier-error.ts';
import { parseRepositoryUrl, redactUrls, type RepositoryUrl } from './repository-url.ts';

export interface SourceSettings {
  /** A path, `file://`, `ssh://` or `https://`. */
  readonly url: string;
  /** The branch that is in force. Without it: the one that the repository's HEAD names. */
  readonly branch?: string;
  /** The folder of the repository that is read; its root by default. */
  readonly path?: string;
  /** A file with an access token for `https://`; read anew for each connection. */
  readonly tokenFile?: string;
  /** A private key for `ssh://`; that of the running user by default. */
  readonly sshKeyFile?: string;
  /** Host keys for `ssh://`; those of the running user by default. */
  readonly sshKnownHostsFile?: string;
  /** A certificate authority for `https://`. */
  readonly caFile?: string;
  readonly pollMs?: number;
  /** Wall clock of one git command. A first fetch of a big repository may take long. */
  readonly timeoutMs?: number;
  /** The largest file that a fetch may write, so that an endless pack ends. */
  readonly packBytesMax?: number;
}

export interface CheckedSource {
  readonly repository: RepositoryUrl;
  /** Safe to show: without credentials. */
  readonly shownUrl: string;
  readonly branch: string | undefined;
  /** `''` for the root; else like `fleet/prod`. */
  readonly path: string;
  readonly pollMs: number;
  readonly timeoutMs: number;
  readonly packBytesMax: number;
}

export const pollMsDefault = 15_000;
const TIMEOUT_MS_DEFAULT = 300_000;
const PACK_BYTES_MAX_DEFAULT = 4 * 1024 ** 3;

/** The rules of `git check-ref-format --branch`; besides, nothing that begins with `-`. */
export function isBranchName(name: string): boolean {
  if (name === '' || name === '@' || name.length > 244 || name.startsWith('-')) return false;
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for.
  if (/[\u0000-\u0020\u007F~^:?*[\\]|\.\.|@\{|\/\/|\.$|\/$|^\//.test(name)) return false;
  return name.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'));
}

/** `./a//b/` → `a/b`. Throws `SOURCE_PATH_REFUSED` for a path that leaves the repository. */
export function normaliseSubPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for.
  if (path.startsWith('/') || parts.includes('..') || /[\u0000-\u001F\\:]/.test(path)) {
    throw new TarsierError(
      'SOURCE_PATH_REFUSED',
      `The path ${JSON.stringify(path)} is not a folder inside the repository.`,
      { hint: 'Name a folder relative to the root of the repository, such as fleet/prod.' },
    );
  }
  return parts.join('/');
}

/** Throws `SOURCE_URL_REFUSED`, `SOURCE_BRANCH_REFUSED` or `SOURCE_PATH_REFUSED`. */
export function checkSource(settings: SourceSettings, baseFolder: string): CheckedSource {
  const repository = parseRepositoryUrl(settings.url, baseFolder);
  if (settings.branch !== undefined && !isBranchName(settings.branch)) {
    throw new TarsierError(
      'SOURCE_BRANCH_REFUSED',
      `${JSON.stringify(settings.branch)} is not the name of a branch.`,
      { hint: 'Give the short name, such as main.' },
    );
  }
  return {
    repository,
    shownUrl: redactUrls(repository.fetchUrl),
    branch: settings.branch,
    path: normaliseSubPath(settings.path ?? ''),
    pollMs: settings.pollMs ?? pollMsDefault,
    timeoutMs: settings.timeoutMs ?? TIMEOUT_MS_DEFAULT,
    packBytesMax: settings.packBytesMax ?? PACK_BYTES_MAX_DEFAULT,
  };
}
