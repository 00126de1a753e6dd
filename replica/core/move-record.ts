/** The last entry of a log that goes on elsewhere: whoever reads it here stops. */

const MOVE_PREFIX = '$moved:';

export interface Move {
  /** Where the log goes on, for people. */
  readonly to: string;
}

export function moveCommandId(unique: string): string {
  return `${MOVE_PREFIX}${unique}`;
}

export function isMove(commandId: string): boolean {
  return commandId.startsWith(MOVE_PREFIX);
}

export function encodeMove(move: Move): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(move));
}
