/**
 * What it means that a registry was made anew from Git and from what agents tell: until its agents
 * were heard, that something is not known is no reason to change it.
 */

import type { RegistryState } from './model.ts';

/** Agents are still waited for: nothing that runs is touched, and nobody is told that something is gone. */
export function isRebuilding({ rebuild }: Pick<RegistryState, 'rebuild'>): boolean {
  return rebuild !== undefined && rebuild.ended === undefined;
}

/** In a registry that was rebuilt: what runs on the node is not known yet, so it is told nothing. */
export function isUnheard({ rebuild }: Pick<RegistryState, 'rebuild'>, node: string): boolean {
  return rebuild !== undefined && !rebuild.heard.has(node);
}

/** Nodes in Git that a rebuild waits for, or that have not come since; sorted. */
export function unheardNodes(state: Pick<RegistryState, 'rebuild' | 'nodes'>): readonly string[] {
  return [...state.nodes.keys()].filter((node) => isUnheard(state, node)).toSorted();
}

/** Of leaders and of locks: what was given out so far is at most this. */
export function highestToken({
  fencingToken,
  leases,
  locks,
}: Pick<RegistryState, 'fencingToken' | 'leases' | 'locks'>): number {
  return Math.max(fencingToken, leases.lastToken, locks.epoch);
}

/**
 * Greatest number that is believed of an agent, at a moment in ms since 1970. Tokens begin at that
 * moment and are given out more slowly than it passes, so an honest one is below this also after a
 * clock that was wrong by decades; and what a liar says leaves room for all that is to come.
 */
export function tokenMax(at: number): number {
  return at + 3_155_760_000_000;
}

/** So many may have been given out since the agents that are left were told one. */
export const tokensUntold = 100_000;

const namesMax = 5;

/** What an open rebuild waits for. */
export function describeRebuild(
  state: Pick<RegistryState, 'rebuild' | 'nodes' | 'source'>,
): string {
  const unheard = unheardNodes(state);
  if (state.source === undefined) return 'A rebuild is open: it waits for the first commit.';
  if (unheard.length === 0) return 'A rebuild is open, and is about to end.';
  const names = unheard.slice(0, namesMax).join(', ');
  const more = unheard.length > namesMax ? ` and ${unheard.length - namesMax} more` : '';
  return `A rebuild is open: it waits for the agents of ${names}${more}.`;
}
