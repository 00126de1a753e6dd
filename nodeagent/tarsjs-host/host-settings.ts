/** What the configuration file of a service tells its host. */

import { parseConfigText, type Section } from '../../tars/config/config-text.ts';
import { parseEndpoint } from '../../tars/endpoint/parse-endpoint.ts';

export interface HostEndpoint {
  readonly host: string;
  readonly port: number;
}

export interface HostAdapter extends HostEndpoint {
  readonly isTars: boolean;
}

export interface HostSettings {
  readonly app: string;
  readonly server: string;
  readonly node: string;
  /** Where the agent next to the service offers the framework. */
  readonly agent: HostEndpoint;
  /** Where the admin servant listens. */
  readonly local: HostEndpoint | undefined;
  /** Of all adapters. */
  readonly adapters: readonly HostAdapter[];
  /** Names of framework objects; empty is off. */
  readonly notifyObject: string;
  readonly propertyObject: string;
  readonly reportMs: number;
  /** After this long a program that was asked to end is killed. */
  readonly stopMs: number;
}

const REPORT_MS_DEFAULT = 60_000;
const REPORT_MS_LEAST = 10_000;
const STOP_MS_DEFAULT = 3000;

/** `undefined` for a service that has no agent beside it. */
export function readHostSettings(text: string): HostSettings | undefined {
  const application = parseConfigText(text).sections.get('tars')?.sections.get('application');
  const server = application?.sections.get('server');
  const client = application?.sections.get('client');
  const node = server?.values.get('node') ?? '';
  const agent = endpointOf(node.slice(node.indexOf('@') + 1));
  if (server === undefined || agent === undefined) return undefined;
  return {
    app: server.values.get('app') ?? '',
    server: server.values.get('server') ?? '',
    node: server.values.get('nodename') ?? '',
    agent,
    local: endpointOf(server.values.get('local') ?? ''),
    adapters: adaptersOf(server),
    notifyObject: server.values.get('notify') ?? '',
    propertyObject: client?.values.get('property') ?? '',
    reportMs: Math.max(
      REPORT_MS_LEAST,
      numberOf(client?.values.get('report-interval'), REPORT_MS_DEFAULT),
    ),
    stopMs: numberOf(server.values.get('deactivating-timeout'), STOP_MS_DEFAULT),
  };
}

function numberOf(text: string | undefined, otherwise: number): number {
  const number = Number(text ?? Number.NaN);
  return Number.isFinite(number) ? number : otherwise;
}

function adaptersOf(server: Section): readonly HostAdapter[] {
  return [...server.sections.values()].flatMap(({ values }) => {
    const endpoint = endpointOf(values.get('endpoint') ?? '');
    return endpoint ? { ...endpoint, isTars: values.get('protocol') !== 'not_tars' } : [];
  });
}

function endpointOf(text: string): HostEndpoint | undefined {
  const parsed = parseEndpoint(text);
  if (!parsed.ok || parsed.value.protocol === 'udp') return undefined;
  const { host, port } = parsed.value;
  return { host: host === '0.0.0.0' ? '127.0.0.1' : host, port };
}
