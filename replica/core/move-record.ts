/** The last entry of a log that goes on elsewhere: whoever reads it here stops. */

import type { LogEntry } from './log.ts';

const MOVE_PREFIX = '$moved:';

export interface Move {
  /** The member that goes on with the log. */
  readonly to: string;
}

export function moveCommandId(unique: string): string {
  return `${MOVE_PREFIX}${unique}`;
}

export function isMove(commandId: string): boolean {
  return commandId.startsWith(MOVE_PREFIX);
}

/** Of an entry whose id `isMove`; the chain of the log vouches for its bytes. */
export function readMove({ payload }: LogEntry): Move {
  return JSON.parse(new TextDecoder().decode(payload)) as Move;
}

export function encodeMove(move: Move): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(move));
}
