/** Everything that is not fine, worst first, one row per cause, each with the command that explains it. */

import { isFine } from './is-fine.ts';
import type { SilentController } from './status-input.ts';
import type {
  Condition,
  FaultResource,
  NodeResource,
  ProblemResource,
  ServiceResource,
  SourceResource,
} from './resources.ts';

export function problemsOf(parts: {
  readonly source: SourceResource;
  readonly faults: readonly FaultResource[];
  readonly services: readonly ServiceResource[];
  readonly nodes: readonly NodeResource[];
  /** Set while a rebuild is open. */
  readonly rebuild?: Condition | undefined;
  readonly silentControllers?: readonly SilentController[];
}): readonly ProblemResource[] {
  const found = [
    ...rebuildProblem(parts.rebuild),
    ...(parts.silentControllers ?? []).map(silentProblem),
    ...sourceProblems(parts.source),
    ...heldProblems(parts.source, parts.faults),
    ...parts.nodes.flatMap(nodeProblem),
    ...parts.services.flatMap(serviceProblem),
  ];
  return found.toSorted((left, right) => rank(left) - rank(right));
}

function rank({ severity }: ProblemResource): number {
  return severity === 'error' ? 0 : 1;
}

function problem(
  severity: ProblemResource['severity'],
  subject: ProblemResource['subject'],
  condition: Condition,
): ProblemResource {
  const { reason, message, since, evidenceAt } = condition;
  return {
    severity,
    subject,
    reason,
    message,
    ...(since !== undefined && { since }),
    ...(evidenceAt !== undefined && { evidenceAt }),
    why: `tarsctl why ${subject.name}`,
  };
}

function rebuildProblem(condition: Condition | undefined): readonly ProblemResource[] {
  if (condition === undefined) return [];
  const row = problem('warning', { kind: 'Cluster', name: 'rebuild' }, condition);
  return [{ ...row, why: 'tarsctl why source' }];
}

/** Nothing is lost yet, and one failure more may be too many. */
function silentProblem({ name, heardAt }: SilentController): ProblemResource {
  return {
    severity: 'warning',
    subject: { kind: 'Controller', name },
    reason: 'ControllerSilent',
    message: `Controller ${name} is not heard. Start it again, or take it out of the cluster.`,
    ...(heardAt !== undefined && { since: heardAt }),
    why: 'tarsctl controller health',
  };
}

function sourceProblems(source: SourceResource): readonly ProblemResource[] {
  const subject = { kind: 'Source', name: 'source' };
  return source.conditions
    .filter(({ status, reason }) => status !== 'True' && reason !== 'ObjectsHeld')
    .map((condition) => {
      const waiting = condition.reason === 'NoCommit' || condition.reason === 'NoSource';
      return problem(waiting ? 'warning' : 'error', subject, condition);
    });
}

/** One row for each object that is held by a fault of its own; what waits for it is counted. */
function heldProblems(
  source: SourceResource,
  faults: readonly FaultResource[],
): readonly ProblemResource[] {
  const roots = source.held.filter(({ because }) => because === undefined);
  return roots.map(({ kind, name, reason, message }) => {
    const waiting = source.held.filter(
      ({ because }) => because?.kind === kind && because.name === name,
    );
    const fault = faults.find(({ object }) => object?.kind === kind && object.name === name);
    const place = fault === undefined ? '' : `${placeOf(fault)} `;
    const more = waiting.length === 0 ? '' : ` (${waiting.length} more wait for it)`;
    return {
      severity: 'error' as const,
      subject: { kind, name },
      reason,
      message: `${place}${message}${more}`,
      ...(source.appliedAt !== undefined && { since: source.appliedAt }),
      why: kind === 'Service' ? `tarsctl why ${name}` : 'tarsctl why source',
    };
  });
}

/** `path:line:col`, as an editor opens it. */
export function placeOf({ path, line, column }: FaultResource): string {
  return [path, line, column].filter((part) => part !== undefined).join(':');
}

function nodeProblem(node: NodeResource): readonly ProblemResource[] {
  const subject = { kind: 'Node', name: node.name };
  const [condition] = node.conditions;
  if (condition === undefined || (condition.status === 'True' && condition.reason !== 'NotInGit')) {
    return [];
  }
  return [problem(node.state === 'Lost' ? 'error' : 'warning', subject, condition)];
}

function serviceProblem(service: ServiceResource): readonly ProblemResource[] {
  if (isFine(service) || onlyMoves(service)) return [];
  const subject = { kind: 'Service', name: service.scope };
  const find = (type: string) => service.conditions.find((condition) => condition.type === type);
  const stalled = find('Stalled');
  const condition = stalled?.status === 'True' ? stalled : find('Ready');
  if (condition === undefined || isHeldOnly(service)) return [];
  const bad = service.health === 'Down' || service.rollout === 'Stalled';
  // A start that is tried again brings no package.
  const nextTryAt = condition.reason === 'PackageMissing' ? undefined : service.nextTryAt;
  const row = problem(bad ? 'error' : 'warning', subject, condition);
  return [{ ...row, ...(nextTryAt !== undefined && { nextTryAt }) }];
}

/** A rollout or a start on its way is no problem. */
function onlyMoves({ health, rollout, sync }: ServiceResource): boolean {
  const well = health === 'Healthy' || health === 'Progressing' || health === 'Stopped';
  return well && rollout === 'Rolling' && sync !== 'Held';
}

/** What it runs is well, and why Git is not followed is a row already. */
function isHeldOnly({ sync, health, rollout }: ServiceResource): boolean {
  return (
    sync === 'Held' && (health === 'Healthy' || health === 'Stopped') && rollout === 'Complete'
  );
}
