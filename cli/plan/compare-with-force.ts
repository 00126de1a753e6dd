/** Compares what is asked for with what the controller has in force; only what differs is fetched. */

import { checkDeletionBrake, type BrakeVerdict } from '../../spec/brake/deletion-brake.ts';
import type { DesiredScope, HeldObject } from '../../spec/desired-state.ts';
import { assembleInForce, listScopesToFetch } from '../../spec/difference/in-force.ts';
import { planChange } from '../../spec/difference/plan-change.ts';
import type { Plan } from '../../spec/difference/plan.ts';
import { applyHolds } from '../../spec/holds/apply-holds.ts';
import type { TarsierClient } from '../../sdk/typescript/client.ts';
import { withClient } from '../client.ts';
import type { CliContext } from '../context.ts';
import type { NextState } from './load-next.ts';

export interface ComparedPlan {
  readonly plan: Plan;
  readonly brake: BrakeVerdict;
  readonly held: readonly HeldObject[];
  /** The commit in force; absent when nothing is. */
  readonly commit: string | undefined;
}

/** Scopes that are asked for at the same time. */
const concurrency = 16;

export async function compareWithForce(
  context: CliContext,
  { resolved }: NextState,
  hash: (text: string) => string,
): Promise<ComparedPlan> {
  return withClient(context, async (client) => {
    const force = await client.desired();
    const digests = new Map(Object.entries(force.scopes));
    const scopes = await fetchScopes(client, listScopesToFetch(digests, resolved.desired));
    const nodes = new Map(force.nodes.map((node) => [node.name, node]));
    const { cluster, topology } = force;
    const fetched = { cluster, topology, nodes, scopes };
    const inForce = assembleInForce(fetched, digests, resolved.desired);
    const { desired, held } = applyHolds(inForce, resolved);
    const brake = checkDeletionBrake(inForce, desired, resolved);
    return { plan: planChange(inForce, desired, hash), brake, held, commit: force.commit };
  });
}

async function fetchScopes(
  client: TarsierClient,
  names: readonly string[],
): Promise<Map<string, DesiredScope>> {
  const scopes = new Map<string, DesiredScope>();
  const waiting = [...names];
  const fetchNext = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      scopes.set(name, (await client.scope(name)).desired);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, fetchNext));
  return scopes;
}
