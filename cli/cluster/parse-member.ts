/** Reads how a member is written on the command line. */

import { InvalidArgumentError } from 'commander';
import type { ClusterMember } from '../../controller/cluster/cluster-file.ts';
import { hostPattern, namePattern } from '../../controller/cluster/cluster-schema.ts';

const form =
  /^(?<name>[^=]*)=(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]]+))(?::(?<api>\d{1,5})(?::(?<engine>\d{1,5}):(?<route>\d{1,5}))?)?$/;

/** `name=host[:apiPort[:enginePort:routePort]]`. */
export function parseMember(text: string): ClusterMember {
  const { name, v6, host, api, engine, route } = form.exec(text)?.groups ?? {};
  const address = v6 ?? host;
  if (name === undefined || address === undefined || !new RegExp(hostPattern).test(address)) {
    throw new InvalidArgumentError(
      'Write it as NAME=HOST, NAME=HOST:API_PORT or NAME=HOST:API_PORT:ENGINE_PORT:ROUTE_PORT, such as a=10.0.0.1.',
    );
  }
  if (!new RegExp(namePattern).test(name)) {
    throw new InvalidArgumentError(
      'The name of a member has lower-case letters, digits and dashes, such as a or east-1.',
    );
  }
  return {
    name,
    host: address,
    apiPort: parsePort(api, 7400),
    enginePort: parsePort(engine, 7422),
    routePort: parsePort(route, 7423),
  };
}

function parsePort(text: string | undefined, otherwise: number): number {
  const port = text === undefined ? otherwise : Number(text);
  if (port < 1 || port > 65_535) throw new InvalidArgumentError('A port is from 1 to 65535.');
  return port;
}
