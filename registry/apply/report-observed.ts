/** Takes in what an agent reports about its instances. */

import type { InstanceId } from '../../spec/desired-state.ts';
import { counted } from '../../spec/wording/counted.ts';
import type { ReportObserved } from '../commands.ts';
import { dropObserved, indexesOf, instancesAt, putObserved } from '../indexes.ts';
import { nodeOfInstance, serviceOfInstance } from '../instance-id.ts';
import type { InstanceObserved, InstancePhase, RegistryState } from '../model.ts';
import { isUnheard } from '../rebuild.ts';
import type { RegistryRefused } from '../result.ts';
import { keepIdentity } from '../same-data.ts';
import { refuse, type EventDraft, type Effects } from './effects.ts';
import { touchNode } from './apply-commit.ts';
import { checkSession } from './sessions.ts';

export function reportObserved(
  state: RegistryState,
  command: ReportObserved,
  effects: Effects,
): RegistryRefused | undefined {
  const refused = checkReport(state, command);
  if (refused !== undefined) return refused;
  for (const observed of command.instances) upsertObserved(state, observed, effects);
  for (const instance of goneInstances(state, command)) removeObserved(state, instance, effects);
  if (command.full) {
    noteHeard(state, command.node, effects);
    noteReported(state, command.node, effects);
  }
  forgetEmptiedNode(state, command.node, effects);
  return undefined;
}

function checkReport(state: RegistryState, command: ReportObserved): RegistryRefused | undefined {
  const { node } = command;
  const refused = checkSession(state, command);
  if (refused !== undefined) return refused;
  const named = [...command.instances.map((observed) => observed.instance), ...command.gone];
  const foreign = named.find((instance) => nodeOfInstance(instance) !== node);
  if (foreign === undefined) return undefined;
  return refuse(
    'REPORT_FOREIGN_INSTANCE',
    `Node ${node} reported ${foreign}, which is not its own.`,
  );
}

/** After a rebuild: what the agent held was told before, so now everything on the node is known. */
function noteHeard(state: RegistryState, node: string, effects: Effects): void {
  if (!isUnheard(state, node)) return;
  state.rebuild?.heard.add(node);
  touchNode(state, node, effects);
}

/** From now on what is known of the node is what its agent said over this connection. */
function noteReported(state: RegistryState, node: string, effects: Effects): void {
  const session = state.sessions.get(node);
  if (session === undefined || session.reported) return;
  state.sessions.set(node, { ...session, reported: true });
  touchNode(state, node, effects);
}

function goneInstances(state: RegistryState, command: ReportObserved): readonly InstanceId[] {
  if (!command.full) return command.gone;
  const reported = new Set(command.instances.map((observed) => observed.instance));
  const known = instancesAt(indexesOf(state).observedByNode, command.node);
  // Sorted: the order of an index depends on its history, and every member must make the same events.
  return [...known].filter((instance) => !reported.has(instance)).toSorted();
}

function touchScope(state: RegistryState, instance: InstanceId, effects: Effects): void {
  const target = state.targets.get(instance);
  if (target === undefined) effects.serviceChanged(serviceOfInstance(instance));
  else effects.scopeChanged(target.scope);
}

function upsertObserved(state: RegistryState, observed: InstanceObserved, effects: Effects): void {
  const old = state.observed.get(observed.instance);
  const kept = keepIdentity(old, observed);
  if (kept === old) return;
  putObserved(state, kept);
  touchScope(state, observed.instance, effects);
  const event = phaseEvent(old, observed);
  if (event !== undefined) effects.event(event);
}

function removeObserved(state: RegistryState, instance: InstanceId, effects: Effects): void {
  if (!state.observed.has(instance)) return;
  dropObserved(state, instance);
  touchScope(state, instance, effects);
  effects.event({
    reason: 'InstanceGone',
    severity: 'info',
    subject: { kind: 'Instance', name: instance },
    message: 'The agent no longer has this instance.',
  });
}

/** The last word of a node that is not in Git any more. */
function forgetEmptiedNode(state: RegistryState, node: string, effects: Effects): void {
  const { observedByNode, targetsByNode } = indexesOf(state);
  if (state.nodes.has(node) || observedByNode.has(node) || targetsByNode.has(node)) return;
  state.sessions.delete(node);
  state.targetsChanged.delete(node);
  state.rebuild?.heard.delete(node);
  effects.nodeChanged(node);
}

const phaseEvents: Partial<Record<InstancePhase, Pick<EventDraft, 'reason' | 'severity'>>> = {
  running: { reason: 'InstanceRunning', severity: 'info' },
  unready: { reason: 'InstanceUnready', severity: 'warning' },
  stopped: { reason: 'InstanceStopped', severity: 'info' },
  backoff: { reason: 'InstanceBackoff', severity: 'warning' },
  failed: { reason: 'InstanceFailed', severity: 'error' },
};

function phaseEvent(
  old: InstanceObserved | undefined,
  now: InstanceObserved,
): EventDraft | undefined {
  const subject = { kind: 'Instance', name: now.instance };
  if (now.phase === old?.phase && now.revision === old.revision) {
    if (now.restarts <= old.restarts) return undefined;
    const message = `Restarted (${counted(now.restarts, 'time')} since its target was set)${exitText(now)}.`;
    return { reason: 'InstanceRestarted', severity: 'warning', subject, message };
  }
  const event = phaseEvents[now.phase];
  if (event === undefined) return troubleEvent(old, now);
  const message = now.message ?? `The instance is ${now.phase}${exitText(now)}.`;
  return { ...event, subject, message };
}

/** Why a process was ended, or what became of it, while the next one is on its way. */
function troubleEvent(
  old: InstanceObserved | undefined,
  now: InstanceObserved,
): EventDraft | undefined {
  const { reason, message, instance } = now;
  const isEnding = now.phase === 'stopping' || now.phase === 'starting';
  if (!isEnding || reason === undefined || message === undefined) return undefined;
  if (reason === old?.reason && message === old.message) return undefined;
  const subject = { kind: 'Instance', name: instance };
  return { reason: `Instance${reason}`, severity: 'warning', subject, message };
}

function exitText({ lastExit, phase }: InstanceObserved): string {
  if (lastExit === undefined || (phase !== 'backoff' && phase !== 'failed')) return '';
  const { signal, code } = lastExit;
  return signal === undefined ? `; it exited with code ${code}` : `; it was ended by ${signal}`;
}
