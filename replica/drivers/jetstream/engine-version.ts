/** Which servers are good enough for a log. */

import { TarsierError } from '../../../errors/tarsier-error.ts';

const least = [2, 12] as const;

/**
 * `ENGINE_TOO_OLD` for servers before 2.12: they cannot be read in batches, and JetStream of 2025 and
 * before lost acknowledged writes when files were damaged.
 */
export function checkEngineVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > least[0] || (major === least[0] && minor >= least[1])) return;
  throw new TarsierError(
    'ENGINE_TOO_OLD',
    `The nats-server is version ${version}; ${least.join('.')} or newer is needed: older ones lost acknowledged writes when files were damaged. Upgrade it on every member.`,
    { details: { version, least: least.join('.') } },
  );
}
