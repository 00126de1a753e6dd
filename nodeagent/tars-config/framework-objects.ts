/** How the framework objects next to a service are written in its configuration. */

import { isEveryAddress } from '../../tars/endpoint/every-address.ts';
import type { ServantsAddress } from './service-config-source.ts';

/** Without `-t`, as in TARS. */
export function locatorText({ host, port }: ServantsAddress): string {
  return `tars.tarsregistry.QueryObj@tcp -h ${dialled(host)} -p ${port}`;
}

/** PHP splits it at `-`: this order, and nothing else in it (tars-contract §2.3). */
export function nodeText({ host, port }: ServantsAddress): string {
  return `tars.tarsnode.ServerObj@tcp -h ${dialled(host)} -p ${port} -t 60000`;
}

/** What listens on every address is no address to dial; services are on the same machine. */
function dialled(host: string): string {
  return isEveryAddress(host) ? '127.0.0.1' : host;
}
