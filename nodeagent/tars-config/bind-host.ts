/** Which addresses of the machine a servant listens on, and is reached at. */

import type { ServantSpec } from '../../spec/desired-state.ts';

const anyAddress = '0.0.0.0';

/** Several networks: every address of the machine, because a library binds one endpoint. */
export function bindHost(
  servant: ServantSpec,
  addresses: Readonly<Record<string, string>>,
): string {
  const hosts = reachedAt(servant, addresses);
  return hosts.length === 1 ? (hosts[0] ?? anyAddress) : anyAddress;
}

/** One address for each of its networks; a network that the node lacks is left out. */
export function reachedAt(
  servant: ServantSpec,
  addresses: Readonly<Record<string, string>>,
): readonly string[] {
  const first = Object.values(addresses)[0] ?? '127.0.0.1';
  const named = (servant.networks ?? []).flatMap((network) =>
    Object.hasOwn(addresses, network) ? (addresses[network] ?? []) : [],
  );
  return named.length === 0 ? [first] : [...new Set(named)];
}
