/** An endpoint as TARS libraries read it: the fields of EndpointF (tars-contract §2.1). */

import type { AnsweredEndpoint } from './lookup-model.ts';

export interface EndpointFields {
  readonly host: string;
  readonly port: number;
  /** Milliseconds. */
  readonly timeout: number;
  /** 0 udp, 1 tcp, 2 ssl. */
  readonly istcp: number;
  readonly grid: number;
  readonly groupworkid: number;
  readonly grouprealid: number;
  /** Empty without a set. */
  readonly setId: string;
  readonly qos: number;
  readonly bakFlag: number;
  /** -1 when weights do not matter. */
  readonly weight: number;
  /** 0 in turn, 1 by weight. */
  readonly weightType: number;
  /** 1: the caller must prove that it knows the key. */
  readonly authType: number;
  readonly nodeName: string;
}

const transportNumbers = { udp: 0, tcp: 1, ssl: 2 } as const;

export function endpointFields(endpoint: AnsweredEndpoint): EndpointFields {
  return {
    host: endpoint.host,
    port: endpoint.port,
    timeout: endpoint.timeoutMs,
    istcp: transportNumbers[endpoint.transport],
    grid: 0,
    groupworkid: endpoint.groupWorkId,
    grouprealid: endpoint.groupRealId,
    setId: endpoint.set ?? '',
    qos: 0,
    bakFlag: 0,
    weight: endpoint.weighted ? endpoint.weight : -1,
    weightType: endpoint.weighted ? 1 : 0,
    authType: endpoint.authenticated ? 1 : 0,
    nodeName: endpoint.node,
  };
}
