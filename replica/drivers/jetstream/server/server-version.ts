/** Which versions of `nats-server` may hold the log, and why. */

import { TarsierError } from '../../../../errors/tarsier-error.ts';

export const serverVersionMin = '2.12.0';

/** The version in what `nats-server --version` prints; undefined when it prints something else. */
export function parseServerVersion(printed: string): string | undefined {
  return /^nats-server: v(\d+\.\d+\.\d+\S*)/.exec(printed.trim())?.[1];
}

/** Throws `ENGINE_TOO_OLD`. `where` says which server it is: a file, or an address. */
export function refuseOldServer(version: string, where: string): void {
  if (isAtLeast(version, serverVersionMin)) return;
  throw new TarsierError(
    'ENGINE_TOO_OLD',
    `Refusing nats-server ${version} (${where}): ${serverVersionMin} or newer is needed. ` +
      'JetStream before it lost acknowledged writes with lazy syncing and recovered badly from damaged files, ' +
      'and its direct reads of batches are incomplete.',
    {
      hint: 'Install a newer nats-server; docs/operations/engine.md says how.',
      details: { found: version, needed: serverVersionMin, where },
    },
  );
}

/** `2.12.0-RC.1` comes before `2.12.0`. */
function isAtLeast(version: string, minimum: string): boolean {
  const [core = '', preview] = version.split(/-(.*)/s);
  const found = core.split('.').map(Number);
  for (const [index, needed] of minimum.split('.').map(Number).entries()) {
    const part = found[index] ?? 0;
    if (!(part >= needed)) return false;
    if (part > needed) return true;
  }
  return preview === undefined;
}
