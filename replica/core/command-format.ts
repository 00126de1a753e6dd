/** Commands say in which format they are, so that an older version refuses what it would misread. */

import { TarsierError } from '../../errors/tarsier-error.ts';

/** The format of each kind of command that a state machine knows; the first one is 1. */
export type CommandFormats<Type extends string> = Readonly<Record<Type, number>>;

/** A command as stored. Without `format`, it is of format 1, from before formats were written. */
export type StoredCommand<Command> = Command & { readonly format?: number };

export function withFormat<Command extends { readonly type: string }>(
  formats: CommandFormats<Command['type']>,
  command: Command,
): StoredCommand<Command> {
  return { format: formats[command.type as Command['type']], ...command };
}

/** `COMMAND_TOO_NEW` for a kind or a format that `machine` does not know. */
export function withoutFormat<Command extends { readonly type: string }>(
  formats: CommandFormats<Command['type']>,
  stored: StoredCommand<Command>,
  machine: string,
): Command {
  const { format = 1, ...command } = stored;
  const { type } = stored;
  const known = Object.hasOwn(formats, type) ? formats[type as Command['type']] : undefined;
  if (known !== undefined && format <= known) return command as unknown as Command;
  throw new TarsierError(
    'COMMAND_TOO_NEW',
    `The log of the ${machine} holds a command ${JSON.stringify(String(type).slice(0, 50))} of format ${format}; this version knows ${known === undefined ? 'no such command' : `formats up to ${known}`}. Start the version that wrote it, or a newer one.`,
    { details: { machine, type, format, known } },
  );
}
