/** Brings one instance to its target, one decision at a time, and reports how far it got. */

import { mkdirSync, rmSync } from 'node:fs';
import type { ExitRecord, InstanceObserved, InstanceTarget } from '../../registry/model.ts';
import type { ServedFile } from '../../spec/desired-state.ts';
import { InstanceOutput } from '../output/instance-output.ts';
import { readAttempts, writeAttempts } from '../state/attempts-file.ts';
import type { RunAdmin } from './admin/run-admin.ts';
import type { SupervisorContext } from './context.ts';
import { noAttempts, recordStart, type Attempts } from './decide/attempts.ts';
import { decide } from './decide/decide.ts';
import { exitRecord } from './decide/journal.ts';
import type { Action, Decision, Problem, RunView, Situation } from './decide/situation.ts';
import { InstallJob } from './install-job.ts';
import { instanceFolders, type InstanceFolders } from './instance-folders.ts';
import { reportInstance, sameReport } from './instance-report.ts';
import { deleteOldLogs } from './old-logs.ts';
import { errorProblem } from './problems.ts';
import { launchIdentity } from './push/launch-identity.ts';
import type { RunBeats } from './health/run-beats.ts';
import { RunTracker } from './run-tracker.ts';
import type { RunFolder } from './run/run-folder.ts';
import { abandonRun } from './run/observe-run.ts';
import { startInstance } from './start-instance.ts';
import { killRun } from './stop-run.ts';

/** After an error that nothing else explains, such as a full disk. */
const TRY_AGAIN_MS = 1000;
/** Folders of ended runs that are kept for people to look at. */
const ENDED_RUNS_KEPT = 4;

export interface InstanceSeed {
  readonly instance: string;
  readonly service: string;
  /** Found on the disk, oldest first. */
  readonly runs: readonly RunFolder[];
}

export class Instance {
  readonly instance: string;
  readonly service: string;
  readonly output: InstanceOutput;
  readonly #context: SupervisorContext;
  readonly #folders: InstanceFolders;
  readonly #install: InstallJob;
  #target: InstanceTarget | undefined;
  /** Everything is to stop, whatever the target says. */
  #isShutDown = false;
  #attempts: Attempts;
  #runs: RunFolder[];
  #tracker: RunTracker | undefined;
  #blocked: { readonly revision: string; readonly problem: Problem } | undefined;
  #lastProblem: Problem | undefined;
  #lastExit: ExitRecord | undefined;
  #observed: InstanceObserved | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isDirty = false;
  #isClosed = false;
  #loop: Promise<void> | undefined;
  readonly #stopped = Promise.withResolvers<void>();
  readonly #looked = Promise.withResolvers<void>();

  constructor(seed: InstanceSeed, context: SupervisorContext) {
    this.instance = seed.instance;
    this.service = seed.service;
    this.#context = context;
    this.#folders = instanceFolders(context.dataDir, seed.service);
    this.output = new InstanceOutput(this.#folders.log, context.outputLimits);
    this.#install = new InstallJob({
      context,
      onChange: () => this.wake(),
      onBlocked: ({ revision }, problem) => {
        this.#blocked = { revision, problem };
      },
    });
    this.#attempts = readAttempts(this.#folders.attempts);
    this.#runs = [...seed.runs];
    this.#adopt();
  }

  get observed(): InstanceObserved | undefined {
    return this.#observed;
  }

  setTarget(target: InstanceTarget | undefined): void {
    const before = this.#target;
    if (target?.revision !== before?.revision || target?.state !== before?.state) {
      this.#blocked = undefined;
      this.#lastProblem = undefined;
    }
    this.#target = target;
    this.wake();
  }

  /** Ports that the target asks for by number. */
  get fixedPorts(): readonly number[] {
    const ports = this.#target?.content.servants.map((servant) => servant.port) ?? [];
    return ports.filter((port) => port !== 'auto');
  }

  /** Resolves when `observed` says something that was seen. */
  get looked(): Promise<void> {
    return this.#looked.promise;
  }

  /** What is heard of its process; nothing while there is none. */
  get beats(): RunBeats | undefined {
    return this.#tracker?.beats;
  }

  /** What its process may load: that of its own revision until the process is replaced. */
  get served(): readonly ServedFile[] {
    const target = this.#target;
    const run = this.#tracker?.beats === undefined ? undefined : this.#tracker.run.intent.target;
    const isReplaced = run && target && launchIdentity(run) !== launchIdentity(target);
    return (isReplaced === true ? run : (target ?? run))?.content.served ?? [];
  }

  /** Speaks with its process; nobody while there is none. */
  get admin(): RunAdmin | undefined {
    return this.#tracker?.admin;
  }

  /** Where its newest run works. */
  get folder(): string | undefined {
    return this.#tracker?.run.intent.folder;
  }

  /** Takes away what its library logged long ago. */
  async deleteOldLogs(): Promise<void> {
    const intent = this.#tracker?.run.intent;
    if (intent !== undefined) await deleteOldLogs(intent, this.#folders.tarsLog);
  }

  /** Resolves when nothing of it runs any more; from here on the target counts for nothing. */
  async shutDown(): Promise<void> {
    this.#isShutDown = true;
    this.wake();
    await this.#stopped.promise;
  }

  /** Anything may call this at any time; there is never more than one look at a time. */
  wake(): void {
    this.#isDirty = true;
    this.#loop ??= this.#run().finally(() => {
      this.#loop = undefined;
      // Woken between the last look and here.
      if (this.#isDirty && !this.#isClosed) this.wake();
    });
  }

  /** Leaves the processes alone. Resolves when nothing is being done any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#loop;
    this.#tracker?.close();
  }

  /** An intent without a claim is taken away from its shim: that start never happens. */
  #adopt(): void {
    const run = this.#runs.at(-1);
    if (run === undefined) return;
    if (!run.isClaimed()) abandonRun(run, this.#context.clock.now());
    this.#lastExit = this.#runs.map((one) => pastExit(one)).findLast((exit) => exit !== undefined);
    this.#track(run);
  }

  #track(run: RunFolder): void {
    this.#tracker?.close();
    this.#tracker = new RunTracker({
      run,
      logFolder: this.#folders.log,
      context: this.#context,
      onChange: () => this.wake(),
    });
  }

  async #run(): Promise<void> {
    // Callers that come in the same turn share one look.
    await Promise.resolve();
    while (this.#isDirty && !this.#isClosed) {
      this.#isDirty = false;
      try {
        await this.#step();
      } catch (error) {
        this.#context.logger.error({ err: error, instance: this.instance }, 'step failed');
        this.#pause();
      }
    }
  }

  async #step(): Promise<void> {
    await this.#dropLostRun();
    const view = await this.#tracker?.look();
    const situation = this.#situation(view);
    const decision = decide(situation);
    this.#publish(view, decision);
    if (decision.action === undefined) {
      if (decision.phase === 'stopped') this.#takeStopped();
      this.#sleepUntil(decision.wakeAt);
      return;
    }
    await this.#act(decision.action, view);
  }

  /** A stopped instance starts with a clean slate. */
  #takeStopped(): void {
    this.#saveAttempts(noAttempts(''));
    if (this.#isShutDown) this.#stopped.resolve();
  }

  /** Somebody deleted its folder: what it started cannot be watched any more, so it is ended. */
  async #dropLostRun(): Promise<void> {
    const run = this.#tracker?.run;
    if (run === undefined || run.exists()) return;
    this.#context.logger.warn({ instance: this.instance, path: run.path }, 'run folder is gone');
    await killRun(run);
    this.#tracker?.close();
    this.#tracker = undefined;
    this.#runs = [];
  }

  #situation(view: RunView | undefined): Situation {
    const target = this.#target;
    if (view?.phase === 'ended' && !view.cleaned) this.#takeEnd();
    if (view !== undefined && isWell(view)) this.#lastProblem = undefined;
    const blocked =
      this.#blocked?.revision === target?.revision ? this.#blocked?.problem : undefined;
    const remark = this.#tracker?.remark(this.output.isLossy);
    return {
      now: this.#context.clock.now(),
      wanted: target && {
        state: this.#isShutDown ? 'stopped' : target.state,
        revision: target.revision,
        ...launchOf(target),
      },
      run: view,
      install: this.#install.view(target),
      attempts: this.#currentAttempts(),
      ...(blocked === undefined ? {} : { blocked }),
      ...(this.#lastProblem === undefined ? {} : { lastProblem: this.#lastProblem }),
      ...(remark === undefined ? {} : { remark }),
    };
  }

  #takeEnd(): void {
    this.#lastExit = this.#tracker?.exit;
    if (this.#tracker?.isAbandoned !== true) {
      this.#lastProblem = this.#tracker?.exitProblem ?? this.#lastProblem;
    }
  }

  #currentAttempts(): Attempts {
    const revision = this.#target?.revision ?? '';
    return this.#attempts.revision === revision ? this.#attempts : noAttempts(revision);
  }

  #saveAttempts(attempts: Attempts): void {
    if (attempts.starts.length === 0 && this.#attempts.starts.length === 0) return;
    // In memory first: a disk that is full must not make the back-off forget.
    this.#attempts = attempts;
    writeAttempts(this.#folders.attempts, attempts);
  }

  #publish(view: RunView | undefined, decision: Decision): void {
    const tracker = this.#tracker;
    const observed = reportInstance({
      instance: this.instance,
      target: this.#target,
      decision,
      now: this.#context.clock.now(),
      previous: this.#observed,
      ...(tracker === undefined || view === undefined
        ? {}
        : {
            run: {
              view,
              intent: tracker.run.intent,
              pid: tracker.pid,
              readyAt: tracker.readyAt,
              libraryVersion: tracker.beats?.libraryVersion,
            },
          }),
      ...(this.#lastExit === undefined ? {} : { lastExit: this.#lastExit }),
    });
    this.#looked.resolve();
    if (sameReport(this.#observed, observed)) return;
    const { phase, reason, pid, restarts } = observed;
    if (phase !== this.#observed?.phase || reason !== this.#observed.reason) {
      const { instance } = this;
      this.#context.logger.info({ instance, phase, reason, pid, restarts }, 'instance changed');
    }
    this.#observed = observed;
    this.#context.onObserved(observed);
  }

  async #act(action: Action, view: RunView | undefined): Promise<void> {
    this.#isDirty = true;
    switch (action.type) {
      case 'install':
        if (this.#target !== undefined) this.#install.start(this.#target);
        return;
      case 'start':
        return this.#start();
      case 'ask-stop':
        if (view !== undefined) this.#lastProblem = await this.#tracker?.askStop(action.why, view);
        return;
      case 'kill':
        if (view !== undefined) this.#lastProblem = await this.#tracker?.kill(action.why, view);
        return;
      case 'push':
        if (this.#target !== undefined) this.#tracker?.push(this.#target);
        return;
      case 'clean-up':
        if ((await this.#tracker?.cleanUp()) === false) this.#pause();
        this.#install.recheck();
        return;
      case 'forget':
        return this.#forget();
    }
  }

  async #start(): Promise<void> {
    const target = this.#target;
    if (target === undefined) return;
    mkdirSync(this.#folders.root, { recursive: true, mode: 0o755 });
    const attempts = recordStart(this.#currentAttempts(), this.#context.clock.now());
    try {
      const source = {
        target,
        folders: this.#folders,
        output: this.output,
        previous: this.#runs.at(-1),
      };
      const run = await startInstance(source, this.#context);
      this.#runs.push(run);
      this.#track(run);
      for (const old of this.#runs.splice(0, this.#runs.length - ENDED_RUNS_KEPT - 1)) old.remove();
    } catch (error) {
      const { isFinal, ...problem } = errorProblem(error);
      this.#context.logger.warn({ err: error, instance: this.instance }, 'start failed');
      this.#lastProblem = problem;
      if (isFinal) this.#blocked = { revision: target.revision, problem };
    }
    // Afterwards: an agent that is killed in the middle must not make a service wait.
    this.#saveAttempts(attempts);
  }

  /** Data and output stay: what a service leaves behind is for people to delete. */
  #forget(): void {
    this.#isClosed = true;
    this.#stopped.resolve();
    this.#tracker?.close();
    for (const folder of [this.#folders.runs, this.#folders.conf]) {
      rmSync(folder, { recursive: true, force: true });
    }
    for (const file of [this.#folders.attempts, this.#folders.confList])
      rmSync(file, { force: true });
    this.#context.ports.forget(this.instance);
    this.#context.onGone(this.instance);
  }

  #pause(): void {
    this.#isDirty = false;
    this.#sleepUntil(this.#context.clock.now() + TRY_AGAIN_MS);
  }

  #sleepUntil(at: number | undefined): void {
    clearTimeout(this.#timer);
    if (at === undefined || this.#isClosed) return;
    const waitMs = Math.min(Math.max(at - this.#context.clock.now(), 1), 2 ** 30);
    this.#timer = setTimeout(() => this.wake(), waitMs);
  }
}

function launchOf(target: InstanceTarget): { launch?: string } {
  const launch = launchIdentity(target);
  return launch === undefined ? {} : { launch };
}

/** Whatever was wrong before is over. */
function isWell(view: RunView): boolean {
  const isEnding = view.stopAskedAt !== undefined || view.killedAt !== undefined;
  return view.phase !== 'ended' && view.ready && view.failures === 0 && !isEnding;
}

/** Of a run that is over; nothing of one that never began. */
function pastExit(run: RunFolder): ExitRecord | undefined {
  const { endedAt, shim, exitStatus } = run.readFacts();
  return endedAt === undefined || shim === undefined ? undefined : exitRecord(exitStatus, endedAt);
}
