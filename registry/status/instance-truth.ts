/** Decides what is true of one instance now: its phase, health, sync, and the reason in words. */

import { nodeOfInstance } from '../instance-id.ts';
import type { ExitRecord, InstanceObserved, InstancePhase, TimeMs } from '../model.ts';
import type { InstanceFacts } from './instance-view.ts';
import type { InstanceHealth, InstanceResource, Sync } from './resources.ts';

export type InstanceTruth = Pick<
  InstanceResource,
  'phase' | 'health' | 'sync' | 'reason' | 'message' | 'since'
>;

interface Finding {
  readonly health: InstanceHealth;
  readonly reason: string;
  readonly message: string;
  readonly since?: TimeMs;
}

const healthOfPhase: Readonly<Record<InstancePhase, InstanceHealth>> = {
  pending: 'Progressing',
  installing: 'Progressing',
  starting: 'Progressing',
  running: 'Healthy',
  unready: 'Unhealthy',
  stopping: 'Progressing',
  stopped: 'Stopped',
  backoff: 'Unhealthy',
  failed: 'Unhealthy',
};

export function instanceTruth(facts: InstanceFacts): InstanceTruth {
  const { since, ...finding } = findWhatIsTrue(facts);
  const known = facts.node.state === 'Alive' && facts.observed !== undefined;
  return {
    phase: known ? (facts.observed?.phase ?? 'unknown') : notSeenPhase(facts),
    sync: syncOf(facts),
    ...finding,
    ...(since !== undefined && { since }),
  };
}

function notSeenPhase({ node }: InstanceFacts): InstanceResource['phase'] {
  return node.state === 'Alive' ? 'pending' : 'unknown';
}

/** Against the revision that Git asks for; an old report proves neither. */
function syncOf({ asked, observed, node }: InstanceFacts): Sync {
  if (node.state !== 'Alive') return 'Unknown';
  if (asked === undefined) return 'OutOfSync';
  if (asked.record.desired.state === 'stopped') {
    return observed === undefined || isDown(observed.phase) ? 'Synced' : 'OutOfSync';
  }
  const runs = observed !== undefined && observed.phase !== 'stopped';
  return runs && observed.revision === asked.desired.revision ? 'Synced' : 'OutOfSync';
}

function findWhatIsTrue(facts: InstanceFacts): Finding {
  const withoutWord = nodeSilent(facts);
  if (withoutWord !== undefined) return withoutWord;
  const { observed, asked } = facts;
  if (observed === undefined) return notReported(facts);
  const { phase, since } = observed;
  if (asked === undefined) return { ...leaving, since };
  const { desired, acceptedAt } = asked.record;
  if (desired.state === 'stopped' && isDown(phase)) return { ...stoppedByGit, since };
  if (facts.packageMissing !== undefined && (phase === 'running' || phase === 'stopped')) {
    const health = phase === 'running' ? 'Healthy' : 'Unhealthy';
    return { ...noPackage(facts.packageMissing), health, since: acceptedAt };
  }
  return {
    // Stopped, and Git asks for it to run: it will be started.
    health: phase === 'stopped' ? 'Progressing' : healthOfPhase[phase],
    reason: observed.reason ?? reasons[phase],
    message: phaseMessage(observed),
    since,
  };
}

/** Stopped for good, whatever it was stopped from. */
function isDown(phase: InstancePhase): boolean {
  return phase === 'stopped' || phase === 'failed';
}

function nodeSilent({ id, node, asked }: InstanceFacts): Finding | undefined {
  const name = nodeOfInstance(id);
  if (node.state === 'Alive') return undefined;
  if (node.state === 'NeverSeen') {
    return {
      health: 'Unknown',
      reason: 'NodeNeverSeen',
      message: `No agent has connected as ${name}. Start one there: tarsctl agent --node ${name}.`,
      ...(asked !== undefined && { since: asked.record.acceptedAt }),
    };
  }
  return {
    health: 'Unknown',
    reason: node.state === 'Lost' ? 'NodeLost' : 'EvidenceStale',
    message: `No word from the agent of node ${name}: the process may run, or not.`,
    ...(node.since !== undefined && { since: node.since }),
  };
}

function notReported(facts: InstanceFacts): Finding {
  const { asked, target } = facts;
  if (asked === undefined) {
    return { health: 'Stopped', reason: 'Removed', message: 'It is gone from its node.' };
  }
  const since = asked.record.acceptedAt;
  if (asked.record.desired.state === 'stopped') {
    return { ...stoppedByGit, since };
  }
  if (facts.packageMissing !== undefined) return { ...noPackage(facts.packageMissing), since };
  const message =
    target === undefined
      ? 'The rollout has not come to it yet.'
      : 'Its agent was told, and has not reported it yet.';
  return { health: 'Progressing', reason: 'Pending', message, since };
}

const leaving: Finding = {
  health: 'Progressing',
  reason: 'Leaving',
  message: 'Git does not ask for it any more: it is being taken down.',
};

const stoppedByGit: Finding = {
  health: 'Stopped',
  reason: 'Stopped',
  message: 'It is stopped, as Git asks.',
};

function noPackage(message: string): Finding {
  return { health: 'Unhealthy', reason: 'PackageMissing', message };
}

const reasons: Readonly<Record<InstancePhase, string>> = {
  pending: 'Pending',
  installing: 'Installing',
  starting: 'Starting',
  running: 'Running',
  unready: 'NotReady',
  stopping: 'Stopping',
  stopped: 'Stopped',
  backoff: 'CrashLoop',
  failed: 'Failed',
};

const phaseTexts: Readonly<Record<InstancePhase, string>> = {
  pending: 'Its agent knows of it and has not begun.',
  installing: 'Its package is being installed.',
  starting: 'Its process is there and not ready yet.',
  running: 'It runs and is ready.',
  unready: 'Its process is there and its monitor fails.',
  stopping: 'It is being stopped.',
  stopped: 'It is stopped, and will be started.',
  backoff: 'It does not stay up.',
  failed: 'It cannot go on until its service changes in Git.',
};

/** Without times that pass: those are fields of their own, and the reader sees them counted. */
function phaseMessage({ phase, message, lastExit, restarts }: InstanceObserved): string {
  if (message !== undefined) return message;
  const down = phase === 'backoff' || phase === 'failed';
  if (!down || lastExit === undefined) return phaseTexts[phase];
  return `It ${exitText(lastExit)}${restarts > 0 ? ` (restarts: ${restarts})` : ''}.`;
}

/** `exited with code 3`, `was killed by SIGKILL`. */
function exitText(exit: ExitRecord): string {
  if (exit.signal !== undefined) return `was killed by ${exit.signal}`;
  return exit.code === undefined ? 'exited' : `exited with code ${exit.code}`;
}
