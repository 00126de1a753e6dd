/** What an id of a command may look like, the same for every log. */

import { TarsierError } from '../../errors/tarsier-error.ts';

const commandIdPattern = /^[\x21-\x7e]{1,200}$/;

/** Why the id cannot be taken; `undefined` if it can. */
export function refuseCommandId(commandId: string): TarsierError | undefined {
  if (commandIdPattern.test(commandId)) return undefined;
  return new TarsierError(
    'USAGE',
    `Cannot append a command with the id ${JSON.stringify(commandId.slice(0, 50))}: an id has 1 to 200 printable ASCII characters without spaces.`,
  );
}
