/** Asks a run to end in the way that its service understands: a command, its admin servant, a signal. */

import type { TimeMs } from '../../registry/model.ts';
import type { RunAdmin } from './admin/run-admin.ts';
import type { SupervisorContext } from './context.ts';
import type { JournalFacts } from './decide/journal.ts';
import type { ProcessIdentity } from '../process/identity.ts';
import type { RunFolder } from './run/run-folder.ts';
import { runStopCommand, signalStop } from './stop-run.ts';

export interface StopSequenceOptions {
  readonly run: RunFolder;
  readonly admin: RunAdmin;
  readonly logFolder: string;
  readonly context: SupervisorContext;
  onChange(): void;
}

export class StopSequence {
  readonly #options: StopSequenceOptions;
  #isBegun = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: StopSequenceOptions) {
    this.#options = options;
  }

  /** Once; resolves when nothing more will be said by words. */
  async begin(service: ProcessIdentity | undefined): Promise<void> {
    if (this.#isBegun) return;
    this.#isBegun = true;
    const { intent } = this.#options.run;
    if (intent.stop !== undefined) {
      this.#note('stop-sent');
      await this.#runCommand(service);
    } else if (intent.tars?.hasAdmin === true) await this.#askAdmin(service);
    else {
      this.#signal(service);
      this.#note('stop-sent');
    }
  }

  /** For every look at a run that was asked: some libraries hear the word and do nothing. */
  signalWhenDue(facts: JournalFacts, askedAt: TimeMs, service: ProcessIdentity | undefined): void {
    const { run, context } = this.#options;
    const isAsked = facts.stopSentAt !== undefined && facts.stopSignalAt === undefined;
    if (!isAsked || run.intent.stop !== undefined || run.intent.tars?.hasAdmin !== true) return;
    const dueAt = askedAt + this.#patienceMs;
    if (context.clock.now() >= dueAt) this.#signalOnce(service);
    else this.#wakeAt(dueAt);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  /** Half of its time to stop: enough to finish what it does, and time left for the signal. */
  get #patienceMs(): number {
    return this.#options.run.intent.target.content.stopTimeoutMs / 2;
  }

  async #askAdmin(service: ProcessIdentity | undefined): Promise<void> {
    const { admin, run, onChange } = this.#options;
    try {
      await admin.shutdown();
      this.#note('stop-sent');
    } catch {
      // Nobody listens there: still starting, without a library, or beyond hearing.
      this.#note('stop-sent');
      if (run.readFacts().endedAt === undefined) this.#signalOnce(service);
    }
    onChange();
  }

  /** A stop command that fails is no excuse for not stopping. */
  async #runCommand(service: ProcessIdentity | undefined): Promise<void> {
    const { context, logFolder, run } = this.#options;
    const { code, tail } = await runStopCommand(run, logFolder);
    if (code === 0) return;
    const { instance } = run.intent.target;
    context.logger.warn({ instance, code, tail }, 'stop command failed');
    this.#signal(service);
  }

  #signalOnce(service: ProcessIdentity | undefined): void {
    this.#signal(service);
    this.#note('stop-signal');
  }

  #signal(service: ProcessIdentity | undefined): void {
    if (service !== undefined) signalStop(service, this.#options.run.intent.tars?.stopSignal);
  }

  #wakeAt(at: TimeMs): void {
    clearTimeout(this.#timer);
    const waitMs = Math.max(1, at - this.#options.context.clock.now());
    this.#timer = setTimeout(() => this.#options.onChange(), waitMs);
  }

  #note(word: string): void {
    this.#options.run.append(`${word} ${this.#options.context.clock.now()}`);
  }
}
