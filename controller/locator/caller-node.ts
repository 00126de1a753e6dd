/** Which node a caller without an agent is: its address decides, and what it says only chooses among equals. */

import type { DesiredNode } from '../../spec/desired-state.ts';

/** `claimed`: names or addresses that the caller gives, the likeliest first. `undefined` when it cannot be told. */
export function callerNode(
  nodes: ReadonlyMap<string, DesiredNode>,
  peerAddress: string,
  claimed: readonly string[],
): string | undefined {
  const there = [...nodes.values()].filter(({ addresses }) =>
    Object.values(addresses).includes(peerAddress),
  );
  if (there.length <= 1) return there[0]?.name;
  return claimed.flatMap((text) => there.find(({ name }) => name === text)?.name ?? [])[0];
}
