/** How the framework objects next to a service are written in its configuration. */

import type { ServantsAddress } from './service-config-source.ts';

/** Without `-t`, as in TARS. */
export function locatorText({ host, port }: ServantsAddress): string {
  return `tars.tarsregistry.QueryObj@tcp -h ${host} -p ${port}`;
}

/** PHP splits it at `-`: this order, and nothing else in it (tars-contract §2.3). */
export function nodeText({ host, port }: ServantsAddress): string {
  return `tars.tarsnode.ServerObj@tcp -h ${host} -p ${port} -t 60000`;
}
