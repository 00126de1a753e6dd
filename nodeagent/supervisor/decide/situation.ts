/** All that the decision about one instance depends on: values only, with the time among them. */

import type { ExitRecord, InstancePhase, TimeMs } from '../../../registry/model.ts';
import type { Attempts } from './attempts.ts';
import type { Silence } from './beats.ts';

/** What is wanted of the instance. */
export interface Wanted {
  readonly state: 'running' | 'stopped';
  readonly revision: string;
  /** Identity of the part that needs a restart when it changes; absent: all of the revision. */
  readonly launch?: string;
}

/** The newest start of the instance and how far it got. */
export interface RunView {
  readonly runId: string;
  readonly revision: string;
  /** As in `Wanted`. */
  readonly launch?: string;
  /** It is being told of configuration files that changed. */
  readonly isPushing?: boolean;
  /**
   * `launching`: nothing of the service runs yet, but it may at any moment. `daemon`: its start
   * command returned, and from then on only its monitor says whether it lives.
   */
  readonly phase: 'launching' | 'alive' | 'daemon' | 'ended';
  readonly ready: boolean;
  /** Not ready by then means a failed start. */
  readonly readyBy: TimeMs;
  readonly stopAskedAt?: TimeMs;
  readonly stopTimeoutMs: number;
  /** A daemon's stop command is done and nothing of it is left. */
  readonly killedAt?: TimeMs;
  /** Failures in a row of its monitor, and how many are too many. */
  readonly failures: number;
  readonly failuresMax: number;
  readonly failureDetail?: string;
  /** One of its adapters has been silent for too long. */
  readonly silence?: Silence;
  readonly exit?: ExitRecord;
  /** Ended, nothing of it is left, and its hook ran. */
  readonly cleaned: boolean;
}

/** The release of the wanted revision. */
export type InstallView =
  | { readonly state: 'needed' }
  | { readonly state: 'working' }
  | { readonly state: 'done' }
  | {
      readonly state: 'failed';
      readonly reason: string;
      readonly message: string;
      readonly retryAt: TimeMs;
    };

/** Why something did not work, for people. */
export interface Problem {
  /** One stable word. */
  readonly reason: string;
  readonly message: string;
}

export interface Situation {
  readonly now: TimeMs;
  /** `undefined`: the instance was taken off this node. */
  readonly wanted: Wanted | undefined;
  readonly run: RunView | undefined;
  readonly install: InstallView;
  readonly attempts: Attempts;
  /** Set when the wanted revision cannot be started at all; cleared by another target. */
  readonly blocked?: Problem;
  /** What ended the last run or attempt, until an instance is ready again. */
  readonly lastProblem?: Problem;
  /** True of the run that lives, though nothing is broken. */
  readonly remark?: Problem;
}

export type KillReason = 'stop-timeout' | 'start-timeout' | 'monitor';

/** As people wished, or because the program does not do its work. */
export type StopReason = 'target' | 'revision' | 'monitor' | 'start-timeout' | 'silence';

export type Action =
  | { readonly type: 'install' }
  | { readonly type: 'start' }
  | { readonly type: 'ask-stop'; readonly why: StopReason }
  | { readonly type: 'kill'; readonly why: KillReason }
  /** End what is left of an ended run, and run its hook. */
  | { readonly type: 'clean-up' }
  /** Tell the running process of its changed configuration files. */
  | { readonly type: 'push' }
  /** The instance is gone from this node. */
  | { readonly type: 'forget' };

export interface Decision {
  /** The next step; look again after it. */
  readonly action?: Action;
  /** Without an action: look again at this time at the latest. */
  readonly wakeAt?: TimeMs;
  readonly phase: InstancePhase;
  readonly problem?: Problem;
  readonly nextTryAt?: TimeMs;
}
