/** Takes one look at the state for one request: everything in an answer speaks for the same moment. */

import type { PackageResource } from '../../registry/status/resources.ts';
import type { StatusInput } from '../../registry/status/status-input.ts';
import type { StatusPorts } from './status-ports.ts';

export interface ApiView extends StatusInput {
  /** Registry sequence of `state`. */
  readonly revision: number;
  listPackages(): readonly PackageResource[];
}

export function readView(ports: StatusPorts): ApiView {
  const { registry, packages, agents, controller } = ports;
  return {
    state: registry.state,
    revision: registry.sequence,
    now: ports.now(),
    facts: {
      controller,
      source: ports.source(),
      faults: ports.faults(),
      silentControllers: ports.silentControllers?.() ?? [],
      packages,
      heardAt: (node) => agents.heardAt(node),
      rolloutOf: (scope) => ports.rolloutOf(scope),
    },
    listPackages: () => packages.list(),
  };
}

/** With `consistent`, waits for everything that was acknowledged anywhere before this call. */
export async function readViewFor(
  ports: StatusPorts,
  query: { readonly consistent?: boolean },
): Promise<ApiView> {
  if (query.consistent === true) await ports.registry.catchUp();
  return readView(ports);
}
