/** Finds the user that a service runs as, and refuses what this agent may not do. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { TarsierError } from '../../../errors/tarsier-error.ts';

const run = promisify(execFile);

export interface ServiceUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** `undefined`: no change of user is needed. */
export async function findUser(name: string, service: string): Promise<ServiceUser | undefined> {
  const ids = await lookUp(name);
  if (ids === undefined) {
    throw new TarsierError(
      'AGENT_USER_UNKNOWN',
      `Cannot start ${service}: this machine has no user ${name}. Create the user or change run.user.`,
    );
  }
  if (ids.uid === process.getuid?.()) return undefined;
  if (process.getuid?.() !== 0) {
    throw new TarsierError(
      'AGENT_NOT_ROOT',
      `Cannot start ${service} as ${name}: the agent does not run as root. Run the agent as root, run it as ${name}, or remove run.user.`,
    );
  }
  return { name, ...ids };
}

/** Through `id`, so that users of a directory service are found too. */
async function lookUp(name: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const [uid, gid] = await Promise.all([
      run('id', ['-u', '--', name]),
      run('id', ['-g', '--', name]),
    ]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}
