/** Names of messages: one for each attempt to store something else, or somewhere else. */

import { randomBytes } from 'node:crypto';

/** Never given twice; may stand in a subject. */
export function newMessageId(): string {
  return randomBytes(12).toString('base64url').replaceAll(/[-_]/g, 'A');
}
