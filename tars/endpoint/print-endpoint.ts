/** Endpoints as text. PHP finds host, port and timeout by their order: it never changes. */

import { endpointDefaults, type Endpoint } from './endpoint.ts';

/** `tcp -h <host> -p <port> -t <ms>`, then the flags that are not at their default. */
export function printEndpoint(endpoint: Endpoint): string {
  const { timeoutMs, grid, qos, weight, weightType, authType, bindHost, setId } = endpoint;
  const flags = [
    grid === endpointDefaults.grid ? '' : ` -g ${grid}`,
    qos === endpointDefaults.qos ? '' : ` -q ${qos}`,
    weightType === endpointDefaults.weightType ? '' : ` -w ${weight} -v ${weightType}`,
    authType === endpointDefaults.authType ? '' : ` -e ${authType}`,
    bindHost === endpointDefaults.bindHost ? '' : ` -b ${bindHost}`,
    setId === endpointDefaults.setId ? '' : ` -s ${setId}`,
  ];
  return `${printAddress(endpoint)} -t ${timeoutMs}${flags.join('')}`;
}

/** Without the timeout, as a locator names its addresses. */
export function printAddress(endpoint: Pick<Endpoint, 'protocol' | 'host' | 'port'>): string {
  return `${endpoint.protocol} -h ${endpoint.host} -p ${endpoint.port}`;
}

export function printEndpointList(endpoints: readonly Endpoint[]): string {
  return endpoints.map(printEndpoint).join(':');
}
