/** What one start was asked to do: everything needed to watch and stop it, even without its target. */

import type { InstanceEndpoint, InstanceTarget, TimeMs } from '../../../registry/model.ts';
import type { MonitorSpec } from '../../../spec/desired-state.ts';

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

/**
 * A program that daemonises has a `stop` and a monitor; its start command returns 0 before the start
 * time-out, and from then on the monitor alone says whether it lives. The same service that ran
 * longer than that in the foreground has simply exited.
 */
export function mayDaemonise(intent: RunIntent): boolean {
  return intent.stop !== undefined && intent.monitor !== undefined;
}
