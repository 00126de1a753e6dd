/** Deletes what a TARS library logged long ago: day logs are never taken away by the libraries themselves. */

import { existsSync } from 'node:fs';
import { runCommand } from '../process/run-command.ts';
import type { RunIntent } from './run/run-intent.ts';

const TIMEOUT_MS = 60_000;

/**
 * As the user of the service, by a program that goes down one folder at a time: a link that the
 * service puts there leads nowhere that it could not go itself.
 */
export async function deleteOldLogs(
  { runId, tars, user }: RunIntent,
  folder: string,
): Promise<void> {
  if (tars === undefined || !existsSync(folder)) return;
  const commands = [
    ...find(String.raw`\( -name 'core' -o -name 'core.*' \)`, tars.coreDays),
    ...find(String.raw`! -name 'core' ! -name 'core.*'`, tars.logDays),
  ];
  if (commands.length === 0) return;
  await runCommand(commands.join('; '), {
    folder,
    env: { PATH: '/usr/bin:/bin' },
    timeoutMs: TIMEOUT_MS,
    marker: `TARSIER_OLD_LOGS=${runId}`,
    ...(user === undefined ? {} : { user }),
  });
}

/** `-mtime +n` means more than n whole days. */
function find(names: string, days: number): readonly string[] {
  return days > 0 ? [`find . -xdev -type f ${names} -mtime +${days - 1} -delete`] : [];
}
