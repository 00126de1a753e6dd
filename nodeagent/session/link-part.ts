/** A part of the agent that speaks over the link; the session tells it how the link stands. */

import type { TaskMessage } from '../../link/connection/connect.ts';
import type { AgentMessage, Hello } from '../../link/messages/messages.ts';

/** False: not taken. It may be tried again at `onDrain`; a new connection begins with `onOpen`. */
export type LinkSend = (message: Exclude<AgentMessage, Hello>) => boolean;

export interface LinkPart {
  /** A new connection: the other side remembers nothing of the one before. */
  onOpen(): void;
  /** True when the message was for this part. */
  onMessage(message: TaskMessage): boolean;
  onDrain(): void;
  onClose(): void;
}
