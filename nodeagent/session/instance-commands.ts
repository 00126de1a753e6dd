/** Hands commands of the controller to running processes, and their answers back. */

import type { TaskMessage } from '../../link/connection/connect.ts';
import { commandTextLengthMax } from '../../link/messages/interest-limits.ts';
import type { Command, CommandResult } from '../../link/messages/messages.ts';
import type { LinkPart, LinkSend } from './link-part.ts';

export interface CommandAnswer {
  readonly ok: boolean;
  readonly text: string;
}

/** Through the admin servant of the process; rejects when the process cannot be asked. */
export type RunCommand = (instance: string, text: string) => Promise<CommandAnswer>;

/** Commands that are being carried out at a time. */
const COMMANDS_MAX = 64;

export class InstanceCommands implements LinkPart {
  readonly #run: RunCommand;
  readonly #send: LinkSend;
  readonly #answers: CommandResult[] = [];
  #running = 0;
  /** Answers belong to the connection that asked. */
  #connection = 0;

  constructor(run: RunCommand, send: LinkSend) {
    this.#run = run;
    this.#send = send;
  }

  onOpen(): void {
    this.onClose();
  }

  onMessage(message: TaskMessage): boolean {
    if (message.type !== 'command') return false;
    void this.#carryOut(message);
    return true;
  }

  onDrain(): void {
    while (this.#answers[0] !== undefined && this.#send(this.#answers[0])) this.#answers.shift();
  }

  onClose(): void {
    this.#connection += 1;
    this.#answers.length = 0;
  }

  async #carryOut(command: Command): Promise<void> {
    const connection = this.#connection;
    const answer = await this.#answerTo(command);
    if (connection !== this.#connection) return;
    const { requestId } = command;
    const text = answer.text.slice(0, commandTextLengthMax);
    this.#answers.push({ type: 'command-result', requestId, ...answer, text });
    this.onDrain();
  }

  async #answerTo({
    instance,
    text,
    timeoutMs,
  }: Command): Promise<CommandAnswer & { readonly code?: string }> {
    if (this.#running >= COMMANDS_MAX) {
      const busy = `${COMMANDS_MAX} commands are being carried out on this node already.`;
      return { ok: false, text: busy, code: 'COMMAND_BUSY' };
    }
    this.#running += 1;
    const expired = Promise.withResolvers<CommandAnswer & { readonly code: string }>();
    const timer = setTimeout(() => {
      const late = `${instance} did not answer within ${timeoutMs / 1_000} s.`;
      expired.resolve({ ok: false, text: late, code: 'COMMAND_TIMEOUT' });
    }, timeoutMs);
    try {
      return await Promise.race([this.#run(instance, text), expired.promise]);
    } catch (error) {
      return { ok: false, text: (error as Error).message, code: 'COMMAND_FAILED' };
    } finally {
      clearTimeout(timer);
      this.#running -= 1;
    }
  }
}
