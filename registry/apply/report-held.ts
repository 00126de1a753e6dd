/** Takes in what an agent holds from before a rebuild: its targets, and the greatest token it was told. */

import type { ReportHeld } from '../commands.ts';
import { putTarget } from '../indexes.ts';
import type { RegistryState } from '../model.ts';
import { isUnheard, tokenMax, tokensUntold } from '../rebuild.ts';
import type { RegistryRefused } from '../result.ts';
import { contentInScope, withoutSources } from '../shared-content.ts';
import { refuse, type Effects } from './effects.ts';
import { raiseTokens } from './rebuild.ts';
import { checkSession } from './sessions.ts';

/**
 * What the agent was told becomes what it is told: it goes on as it is, and rollouts find a target
 * to begin from. A target that the registry has already stays as it is.
 */
export function reportHeld(
  state: RegistryState,
  command: ReportHeld,
  effects: Effects,
): RegistryRefused | undefined {
  const { node, targets, highestToken } = command;
  const refused = checkSession(state, command);
  if (refused !== undefined) return refused;
  // Told twice, or by an agent that nobody asked.
  if (!isUnheard(state, node)) return undefined;
  const foreign = targets.find(
    (target) => target.node !== node || target.instance !== `${target.service}@${node}`,
  );
  if (foreign !== undefined) {
    return refuse(
      'REPORT_FOREIGN_INSTANCE',
      `Node ${node} holds ${foreign.instance}, which is not its own.`,
    );
  }
  for (const target of targets) {
    if (state.targets.has(target.instance)) continue;
    const { scope, revision } = target;
    const content =
      contentInScope(state.scopes.get(scope), revision) ?? withoutSources(target.content);
    putTarget(state, { ...target, content });
    effects.scopeChanged(scope);
    // Of a node that is in another data centre by now, this one has to look as well.
    effects.scopeChanged(`${state.nodes.get(node)?.dataCenter}/${target.service}`);
  }
  if (highestToken !== undefined) believeToken(state, { ...command, highestToken }, effects);
  return undefined;
}

function believeToken(
  state: RegistryState,
  { node, at, highestToken }: ReportHeld & { readonly highestToken: number },
  effects: Effects,
): void {
  const isSound = Number.isSafeInteger(highestToken) && highestToken >= 0;
  if (isSound && highestToken <= tokenMax(at)) {
    const floor = highestToken + tokensUntold;
    if (floor > state.leases.lastToken || floor > state.locks.epoch) raiseTokens(state, floor);
    return;
  }
  effects.event({
    reason: 'TokenNotBelieved',
    severity: 'warning',
    subject: { kind: 'Node', name: node },
    message: `The agent says that it was given token ${highestToken}, which no controller can have given out. It is not counted; look at the data folder of the agent.`,
  });
}
