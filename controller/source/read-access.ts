/** Reads what opens the repository: from files, anew for each connection. */

import { readFile } from 'node:fs/promises';
import { TarsierError } from '../../errors/tarsier-error.ts';
import type { GitAccess } from './git-hardening.ts';
import type { SourceSettings } from './source-settings.ts';

/** `SOURCE_AUTH_FAILED` if the token file cannot be read. */
export async function readAccess(settings: SourceSettings): Promise<GitAccess> {
  const { tokenFile, sshKeyFile, sshKnownHostsFile, caFile } = settings;
  const token = tokenFile === undefined ? undefined : await readToken(tokenFile);
  return {
    ...(token === undefined ? {} : { token }),
    ...(sshKeyFile === undefined ? {} : { sshKeyFile }),
    ...(sshKnownHostsFile === undefined ? {} : { sshKnownHostsFile }),
    ...(caFile === undefined ? {} : { caFile }),
  };
}

async function readToken(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new TarsierError('SOURCE_AUTH_FAILED', `The token file ${file} cannot be read.`, {
      cause,
    });
  }
}
