/** Commands to the instances of one agent: each is answered, or fails when its time is over. */

import { TarsierError } from '../../errors/tarsier-error.ts';
import type { Command, CommandResult } from '../../link/messages/messages.ts';

export interface CommandOutcome {
  readonly ok: boolean;
  /** What the service answered, or why it did not. */
  readonly text: string;
  /** Error code, when it was not the service that refused. */
  readonly code?: string;
}

export interface CommandRequest {
  readonly instance: string;
  readonly text: string;
  readonly timeoutMs: number;
}

interface Waiting {
  readonly timer: NodeJS.Timeout;
  resolve(outcome: CommandOutcome): void;
  reject(error: TarsierError): void;
}

const waitingMax = 256;

export class AgentCommands {
  readonly #send: (message: Command) => void;
  readonly #waiting = new Map<string, Waiting>();
  #count = 0;
  #failed: TarsierError | undefined;

  constructor(send: (message: Command) => void) {
    this.#send = send;
  }

  /** `COMMAND_BUSY`, `COMMAND_TIMEOUT`, or `AGENT_OFFLINE` when the agent goes away meanwhile. */
  async run(request: CommandRequest): Promise<CommandOutcome> {
    if (this.#failed !== undefined) throw this.#failed;
    const { instance, timeoutMs } = request;
    if (this.#waiting.size >= waitingMax) {
      throw new TarsierError(
        'COMMAND_BUSY',
        `The agent of ${instance} has ${waitingMax} commands to answer already.`,
      );
    }
    const requestId = `c${(this.#count += 1)}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(requestId);
        const text = `${instance} did not answer within ${timeoutMs / 1_000} s. It may have taken the command all the same.`;
        reject(new TarsierError('COMMAND_TIMEOUT', text));
      }, timeoutMs);
      this.#waiting.set(requestId, { timer, resolve, reject });
      this.#send({ type: 'command', requestId, ...request });
    });
  }

  /** A result that nobody waits for any more is dropped. */
  onResult({ requestId, ok, text, code }: CommandResult): void {
    const waiting = this.#waiting.get(requestId);
    if (waiting === undefined) return;
    this.#waiting.delete(requestId);
    clearTimeout(waiting.timer);
    waiting.resolve({ ok, text, ...(code === undefined ? {} : { code }) });
  }

  /** The agent is gone: nothing more is answered. */
  fail(error: TarsierError): void {
    this.#failed = error;
    for (const { timer, reject } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#waiting.clear();
  }
}
