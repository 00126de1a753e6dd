/** That a rebuild is open, what it waits for, and what it keeps from happening. */

import { describeRebuild, isRebuilding, isUnheard } from '../rebuild.ts';
import type { Condition, WhyFact } from './resources.ts';
import type { StatusInput } from './status-input.ts';

/** `undefined` while none is open. */
export function rebuildCondition({ state }: StatusInput): Condition | undefined {
  const { rebuild } = state;
  if (rebuild === undefined || !isRebuilding(state)) return undefined;
  const { waitMs, beganAt } = rebuild;
  return {
    type: 'Rebuilding',
    status: 'True',
    reason: 'RebuildOpen',
    message: `${describeRebuild(state)} Until it ends, ${waitMs / 1_000} s after the first commit at the latest, nothing that runs is changed or stopped. To end it now: tarsctl controller end-rebuild.`,
    since: beganAt,
  };
}

/** For every answer to why something does not happen. */
export function rebuildFacts(input: StatusInput): readonly WhyFact[] {
  const condition = rebuildCondition(input);
  if (condition === undefined) return [];
  return [{ mark: 'wait', label: 'rebuild', text: condition.message }];
}

/** Also after the rebuild, of a node that did not come in time. */
export function unheardFacts(input: StatusInput, node: string): readonly WhyFact[] {
  const facts = rebuildFacts(input);
  if (facts.length > 0 || !isUnheard(input.state, node)) return facts;
  const text =
    'the registry was rebuilt, and what runs here is not known: nothing is changed before the agent reports';
  return [{ mark: 'wait', label: 'rebuild', text }];
}
