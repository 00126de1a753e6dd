/** Puts together what the agent says about one instance; pure, so that tests can read it like a table. */

import type { ExitRecord, InstanceObserved, InstanceTarget, TimeMs } from '../../registry/model.ts';
import type { Decision, RunView } from './decide/situation.ts';
import type { RunIntent } from './run/run-intent.ts';

export interface ReportSource {
  readonly instance: string;
  readonly target: InstanceTarget | undefined;
  readonly decision: Decision;
  /** The newest run, live or not. */
  readonly run?: {
    readonly view: RunView;
    readonly intent: RunIntent;
    readonly pid: number | undefined;
    /** When it was first found ready, perhaps by an agent before this one. */
    readonly readyAt: TimeMs | undefined;
    readonly libraryVersion: string | undefined;
  };
  readonly lastExit?: ExitRecord;
  readonly now: TimeMs;
  readonly previous: InstanceObserved | undefined;
}

export function reportInstance(source: ReportSource): InstanceObserved {
  const { decision, run, target, previous } = source;
  const live = run !== undefined && run.view.phase !== 'ended' ? run : undefined;
  const revision = run?.view.revision;
  const isCurrent = target === undefined || run?.view.revision === target.revision;
  const { reason, message } = decision.problem ?? {};
  const firstSeen =
    previous === undefined && decision.phase === 'running' ? live?.readyAt : undefined;
  const same = previous?.phase === decision.phase && previous.reason === reason;
  return {
    instance: source.instance,
    phase: decision.phase,
    observedGeneration: target?.generation ?? previous?.observedGeneration ?? 0,
    restarts: run !== undefined && isCurrent ? run.intent.restarts : 0,
    endpoints: live?.intent.endpoints ?? [],
    since: same ? previous.since : (firstSeen ?? source.now),
    ...(revision === undefined ? {} : { revision }),
    ...(live?.pid === undefined ? {} : { pid: live.pid }),
    ...(live === undefined ? {} : { startedAt: live.intent.startedAt }),
    ...(live?.libraryVersion === undefined ? {} : { libraryVersion: live.libraryVersion }),
    ...(source.lastExit === undefined ? {} : { lastExit: source.lastExit }),
    ...(decision.nextTryAt === undefined ? {} : { nextTryAt: decision.nextTryAt }),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
}

/** Whether the two say the same; plain data in the order that `reportInstance` gives it. */
export function sameReport(a: InstanceObserved | undefined, b: InstanceObserved): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
}
