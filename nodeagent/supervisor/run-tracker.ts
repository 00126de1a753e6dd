/** Follows one run from its intent to its end, and carries out what is decided about it. */

import { watch, type FSWatcher } from 'node:fs';
import type { ExitRecord, InstanceTarget, TimeMs } from '../../registry/model.ts';
import { RunAdmin } from './admin/run-admin.ts';
import type { SupervisorContext } from './context.ts';
import type { KillReason, Problem, RunView, StopReason } from './decide/situation.ts';
import { activatingSilenceMs } from './decide/beats.ts';
import { HealthWatch } from './health/health-watch.ts';
import { RunBeats } from './health/run-beats.ts';
import { captureSilence } from './health/silence-evidence.ts';
import { closedRemark, exitProblem, killProblem, runRemark } from './problems.ts';
import { processAgeMs } from '../process/identity.ts';
import { abandonRun, observeRun, type RunObservation } from './run/observe-run.ts';
import { launchIdentity } from './push/launch-identity.ts';
import { ServedPush } from './push/served-push.ts';
import type { RunFolder } from './run/run-folder.ts';
import { runRevision } from './run/run-intent.ts';
import { cleanUpRun, killRun, waitForEmptyTree } from './stop-run.ts';
import { StopSequence } from './stop-sequence.ts';

/** A run that was found, and not started by us, has at least this long to show that it is ready. */
const LATE_LOOK_MS = 5000;

export interface TrackerOptions {
  readonly run: RunFolder;
  readonly logFolder: string;
  readonly context: SupervisorContext;
  /** Something may have happened. */
  onChange(): void;
}

export class RunTracker {
  readonly run: RunFolder;
  readonly #options: TrackerOptions;
  #seen: RunObservation | undefined;
  #health: HealthWatch | undefined;
  #watcher: FSWatcher | undefined;
  readonly #createdAt: TimeMs;
  readonly #beats: RunBeats | undefined;
  readonly #admin: RunAdmin;
  readonly #push: ServedPush;
  readonly #stop: StopSequence;
  #silenceProblem: Problem | undefined;
  #isWaitingForDaemon = false;
  #isClosed = false;

  constructor(options: TrackerOptions) {
    this.run = options.run;
    this.#options = options;
    this.#createdAt = options.context.clock.now();
    const { run, context, onChange } = options;
    const { tars } = run.intent;
    this.#beats = tars && new RunBeats({ run, tars, ...context, onChange });
    this.#admin = new RunAdmin(run, context.calls);
    this.#push = new ServedPush({ run, admin: this.#admin, context, onChange });
    this.#stop = new StopSequence({ ...options, admin: this.#admin });
    try {
      // A slow poll of the owner finds what the watcher misses, so it may fail.
      this.#watcher = watch(options.run.path, () => options.onChange());
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      this.#watcher = undefined;
    }
  }

  get pid(): number | undefined {
    return this.#seen?.process?.pid;
  }

  get exit(): ExitRecord | undefined {
    return this.#seen?.exit;
  }

  get isAbandoned(): boolean {
    return this.#seen?.abandoned === true;
  }

  /** Why it ended, when nobody asked for that. */
  get exitProblem(): Problem | undefined {
    const { exit, facts } = this.#seen ?? {};
    if (exit === undefined || facts === undefined) return undefined;
    const { logFolder, context } = this.#options;
    return exitProblem(this.run, facts, { exit, logFolder, bootId: context.bootId });
  }

  get readyAt(): TimeMs | undefined {
    return this.#seen?.facts.readyAt;
  }

  /** What is heard of it while it lives. */
  get beats(): RunBeats | undefined {
    return this.#seen?.phase === 'ended' ? undefined : this.#beats;
  }

  /** To give it commands while it lives. */
  get admin(): RunAdmin | undefined {
    return this.#seen === undefined || this.#seen.phase === 'ended' ? undefined : this.#admin;
  }

  remark(isLossy: boolean): Problem | undefined {
    if (this.#seen === undefined) return undefined;
    const address = this.#options.context.servantsAddress();
    const isDeaf = address !== undefined && !this.#options.context.hearsServices();
    if (isDeaf && this.run.intent.tars !== undefined) return closedRemark(address.port);
    const remark = this.#health?.remark;
    const isHeard = this.#beats?.stage === 'named' || this.#beats?.stage === 'unnamed';
    const isOutdated = remark?.reason === 'NoBeats' && isHeard;
    return (isOutdated ? undefined : remark) ?? runRemark(this.run, this.#seen.facts, isLossy);
  }

  async look(): Promise<RunView> {
    const { context } = this.#options;
    const now = context.clock.now();
    this.#seen = await observeRun(this.run, { bootId: context.bootId, now });
    const { phase, facts } = this.#seen;
    if (phase === 'ended') this.#stopFollowing();
    else {
      this.#followHealth(this.#seen);
      // An agent that died between asking and sending left the sending to us.
      const isAsked = facts.stopAskedAt !== undefined && facts.killedAt === undefined;
      const isSent = facts.stopSentAt !== undefined && phase !== 'daemon';
      if (isAsked && !isSent && phase !== 'launching') void this.#sendStop(this.#seen);
      if (isAsked && isSent) {
        const askedAt = this.#past(facts.stopAskedAt ?? now);
        this.#stop.signalWhenDue(facts, askedAt, this.#seen.process);
      }
    }
    return this.#view(this.#seen);
  }

  /**
   * Safe to repeat; the stop goes out as soon as there is a process to send it to. Returns what to
   * tell people, unless it is only as they wished.
   */
  async askStop(why: StopReason, view: RunView): Promise<Problem | undefined> {
    if (why === 'silence' && view.silence !== undefined) {
      const { logFolder, context } = this.#options;
      const { instance } = this.run.intent.target;
      context.logger.warn({ instance, ...view.silence }, 'service is silent');
      const seen = { pid: this.pid, logFolder };
      this.#silenceProblem = await captureSilence(this.run, view.silence, seen);
    }
    this.run.append(`stop-asked ${this.#options.context.clock.now()} ${why}`);
    if (why === 'silence') return this.#silenceProblem;
    return why === 'target' || why === 'revision' ? undefined : this.#evidence(why, view);
  }

  /** Returns at once. */
  push(target: InstanceTarget): void {
    this.#push.start(target);
  }

  /** Returns what to tell people: what made it stop, rather than how it ended. */
  async kill(why: KillReason, view: RunView): Promise<Problem> {
    const { context } = this.#options;
    const problem = this.#silenceProblem ?? this.#evidence(why, view);
    this.run.append(`killed ${context.clock.now()} ${why}`);
    if (abandonRun(this.run, context.clock.now())) return problem;
    const left = await killRun(this.run);
    if (left === 0 && view.phase === 'daemon') this.#endDaemon();
    return problem;
  }

  /** Resolves to false while something of the run resists. */
  async cleanUp(): Promise<boolean> {
    const { context, logFolder } = this.#options;
    if ((await cleanUpRun(this.run, { logFolder, graceMs: this.#graceMs() })) > 0) return false;
    this.run.append(`cleaned ${context.clock.now()}`);
    return true;
  }

  /** What is left of the time to stop; nothing when nobody asked, or when it was killed already. */
  #graceMs(): number {
    const { stopAskedAt, killedAt } = this.#seen?.facts ?? {};
    if (stopAskedAt === undefined || killedAt !== undefined) return 0;
    const deadline = this.#past(stopAskedAt) + this.run.intent.target.content.stopTimeoutMs;
    return Math.max(0, deadline - this.#options.context.clock.now());
  }

  close(): void {
    this.#isClosed = true;
    this.#push.close();
    this.#stopFollowing();
  }

  #evidence(why: KillReason, view: RunView): Problem {
    const { logFolder } = this.#options;
    return killProblem(this.run, { why, view, pid: this.pid, logFolder });
  }

  #stopFollowing(): void {
    this.#health?.stop();
    this.#beats?.close();
    this.#stop.close();
    this.#watcher?.close();
  }

  #followHealth(seen: RunObservation): void {
    const { context, onChange } = this.#options;
    const isThere = seen.phase === 'daemon' || seen.process !== undefined;
    if (this.#health === undefined && isThere) {
      this.#health = new HealthWatch({
        intent: this.run.intent,
        ready: seen.facts.readyAt !== undefined,
        age: () =>
          seen.process === undefined
            ? context.clock.now() - (seen.facts.daemonAt ?? 0)
            : processAgeMs(seen.process),
        stage: () => this.#beats?.stage ?? 'never',
        onChange,
      });
    }
    if (this.#health?.ready === true && seen.facts.readyAt === undefined) {
      const words = [context.clock.now(), ...this.#health.silentPorts];
      this.run.append(`ready ${words.join(' ')}`);
    }
  }

  async #sendStop(seen: RunObservation): Promise<void> {
    const { context, onChange } = this.#options;
    try {
      await this.#stop.begin(seen.process);
    } catch (error) {
      const { instance } = this.run.intent.target;
      context.logger.warn({ err: error, instance }, 'stop not sent');
    }
    if (seen.phase !== 'daemon' || this.#isWaitingForDaemon) return;
    this.#isWaitingForDaemon = true;
    const isOver = (): boolean => this.#isClosed || this.#seen?.facts.killedAt !== undefined;
    if (!(await waitForEmptyTree(this.run, isOver))) return;
    this.#endDaemon();
    onChange();
  }

  /** Nobody else writes down the end of a program that put itself into the background. */
  #endDaemon(): void {
    this.run.append(`ended ${this.#options.context.clock.now()}`);
  }

  /** A time that is still to come was written before the clock was set back: it counts from our first look. */
  #past(at: TimeMs): TimeMs {
    return at > this.#options.context.clock.now() ? this.#createdAt : at;
  }

  /** An agent that comes late must not judge by the time when nobody looked. */
  #readyBy(): TimeMs {
    const { startedAt, target, tars } = this.run.intent;
    const { startTimeoutMs } = target.content;
    const lateLookMs = tars?.beats === 'library' ? activatingSilenceMs : LATE_LOOK_MS;
    const lookedFor = this.#createdAt + Math.min(startTimeoutMs, lateLookMs);
    const activatingAt = this.#beats?.activatingAt;
    const patient = activatingAt === undefined ? 0 : activatingAt + activatingSilenceMs;
    return Math.max(this.#past(startedAt) + startTimeoutMs, lookedFor, patient);
  }

  #view(seen: RunObservation): RunView {
    const { intent } = this.run;
    const { facts, phase } = seen;
    const { content } = intent.target;
    const health = this.#health;
    const launch = launchIdentity(intent.target);
    const isAlive = phase === 'alive' || phase === 'daemon';
    const silence = isAlive ? this.#beats?.findSilence(facts) : undefined;
    return {
      runId: intent.runId,
      revision: runRevision(intent),
      phase,
      ready: facts.readyAt !== undefined || health?.ready === true,
      readyBy: this.#readyBy(),
      stopTimeoutMs: content.stopTimeoutMs,
      failures: health?.failures ?? 0,
      failuresMax: intent.monitor?.failures ?? 0,
      cleaned: facts.cleanedAt !== undefined,
      isPushing: this.#push.isBusy,
      ...(launch === undefined ? {} : { launch }),
      ...(silence === undefined ? {} : { silence }),
      ...(facts.stopAskedAt === undefined ? {} : { stopAskedAt: this.#past(facts.stopAskedAt) }),
      ...(facts.killedAt === undefined ? {} : { killedAt: this.#past(facts.killedAt) }),
      ...(health?.failureDetail === undefined ? {} : { failureDetail: health.failureDetail }),
      ...(seen.exit === undefined ? {} : { exit: seen.exit }),
    };
  }
}
