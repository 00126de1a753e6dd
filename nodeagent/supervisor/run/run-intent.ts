/** What one start was asked to do: everything needed to watch and stop it, even without its target. */

import type { InstanceEndpoint, InstanceTarget, TimeMs } from '../../../registry/model.ts';
import type { MonitorSpec } from '../../../spec/desired-state.ts';
import type { Problem } from '../decide/situation.ts';

/** What the agent must know to speak with a TARS service, and to hear it. */
export interface TarsRun {
  /** On the loopback; `AdminObj` answers there, if the service `hasAdmin`. */
  readonly adminPort: number;
  readonly hasAdmin: boolean;
  readonly stopSignal: 'SIGTERM' | 'SIGINT';
  /**
   * Who tells this machine that it lives. A host that the agent loads into it knows no more of when
   * it is ready than its ports say.
   */
  readonly beats: 'library' | 'host' | 'none';
  readonly beatTimeoutMs: number;
  /** How long old files stay in the folder of its logs; 0 for ever. */
  readonly logDays: number;
  readonly coreDays: number;
  readonly adapters: readonly AdapterRun[];
}

export interface AdapterRun {
  /** As in beats: `App.Server.ObjAdapter`. */
  readonly name: string;
  /** Absent for an adapter that only the template knows. */
  readonly host?: string;
  readonly port?: number;
  /** `App.Server.Obj`, when it answers `tars_ping` to everybody. */
  readonly object?: string;
}

export interface RunIntent {
  readonly runId: string;
  readonly bootId: string;
  readonly startedAt: TimeMs;
  readonly target: InstanceTarget;
  /** Runs of the same target before this one. */
  readonly restarts: number;
  readonly endpoints: readonly InstanceEndpoint[];
  /** Command lines for `/bin/sh -c`, macros replaced. */
  readonly start: string;
  readonly stop?: string;
  readonly preStart?: string;
  readonly postStop?: string;
  readonly monitor?: MonitorSpec;
  /** Where commands run: the release, or the data folder of a service without one. */
  readonly folder: string;
  /** Where the service itself runs, when that is somewhere else. */
  readonly workFolder?: string;
  /** For TARS types. Runs of older agents lack it. */
  readonly tars?: TarsRun;
  /** Configuration files that the process has still to be told of, to come from one revision to that of `target`. */
  readonly push?: { readonly names: readonly string[]; readonly fromRevision: string };
  /** Changed configuration files that it could not be told of. */
  readonly notTold?: readonly string[];
  /** Something about the start that people should know. */
  readonly remark?: Problem;
  readonly env: Readonly<Record<string, string>>;
  readonly user?: { readonly name: string; readonly uid: number; readonly gid: number };
  readonly shimGroup?: string;
  /** Control group folders that the service joins; the first one can kill all of it, if `killGroup`. */
  readonly groups: readonly string[];
  readonly killGroup?: string;
  /** Where in the instance's output this run begins. */
  readonly outputPosition: number;
  /** Files of the release that are not as they came in the package. Runs of older agents lack it. */
  readonly changedPaths?: readonly string[];
  /** Limits that this machine cannot enforce, with the reason. */
  readonly unenforced: readonly string[];
}

/** Inherited by every process of the run; what finds those that left its session. */
export function runMarker(runId: string): string {
  return `TARSIER_RUN=${runId}`;
}

/** What the process runs with: a push that is not done counts for nothing. */
export function runRevision(intent: RunIntent): string {
  return intent.push?.fromRevision ?? intent.target.revision;
}

/**
 * A program that daemonises has a `stop` and a monitor; its start command returns 0 before the start
 * time-out, and from then on the monitor alone says whether it lives. The same service that ran
 * longer than that in the foreground has simply exited.
 */
export function mayDaemonise(intent: RunIntent): boolean {
  return intent.stop !== undefined && intent.monitor !== undefined;
}
