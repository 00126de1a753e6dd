/** What a simulated service is about: its state machine, and the commands that clients send. */

import type { StateMachine } from '../../../replica/core/replica.ts';
import type { Draw } from './draw.ts';

export interface CommandRequest {
  readonly id: string;
  /** The fencing token of whoever takes itself for the leader. */
  readonly token: number;
  readonly wallMs: number;
}

export interface Domain<State, Command, Result> {
  readonly name: string;
  /** States are compared at every so many entries: encoding large ones is what takes the time. */
  readonly compareEvery: number;
  readonly machine: StateMachine<State, Command, Result>;
  draw(draw: Draw, request: CommandRequest): Command;
  /** The token that the command carries, if it is one for leaders only. */
  tokenOf(command: Command): number | undefined;
  isAccepted(result: Result): boolean;
}
