/** Gives a command to the admin servant of a running service, in the words of TARS. */

import { TarsierError } from '../../../errors/tarsier-error.ts';
import type { TarsRun } from '../run/run-intent.ts';
import type { TarsCalls } from './tars-calls.ts';

export interface AdminCommand {
  readonly instance: string;
  readonly command: string;
  /** `undefined`: nothing of it runs. */
  readonly tars: TarsRun | undefined;
}

export interface AdminAnswer {
  readonly ok: boolean;
  /** What the service says, for people. */
  readonly text: string;
}

/** Fails with `COMMAND_FAILED` when nobody takes the command. */
export async function runAdminCommand(
  { instance, command, tars }: AdminCommand,
  calls: TarsCalls,
): Promise<AdminAnswer> {
  if (tars === undefined) throw failed(instance, 'no process of a TARS service runs');
  if (!tars.hasAdmin) throw failed(instance, 'it has no admin servant that takes commands');
  try {
    return { ok: true, text: await calls.notify(tars.adminPort, command) };
  } catch (error) {
    throw failed(instance, (error as Error).message);
  }
}

function failed(instance: string, why: string): TarsierError {
  return new TarsierError('COMMAND_FAILED', `Cannot give ${instance} a command: ${why}`);
}
