/** All servants that an agent offers, by every name that they go by. */

import type { Logger } from 'pino';
import { queryObject } from '../../registry/lookup/query-object.ts';
import { QuerySubscribers } from '../../registry/lookup/query-subscribers.ts';
import type { Servant, ServantTable } from '../../tars/rpc/servant.ts';
import type { ObjectSource } from '../locator/object-source.ts';
import type { ReportSink } from '../reports/report-sink.ts';
import type { MasterLocks } from '../session/master-locks.ts';
import { AgentLookups } from './agent-lookups.ts';
import type { OwnNode } from './caller.ts';
import { Complaints } from './complaints.ts';
import { configObject } from './config-object.ts';
import { frameworkNames, type FrameworkObject } from './framework-names.ts';
import { logObject } from './log-object.ts';
import { notifyObject } from './notify-object.ts';
import { OwnAddresses } from './own-addresses.ts';
import { OwnAnswers } from './own-answers.ts';
import { PeerGate } from './peer-gate.ts';
import { propertyObject } from './property-object.ts';
import { Reporter } from './reporter.ts';
import type { ServedConfigs } from './rules/config-answers.ts';
import type { ServantContext } from './servant-context.ts';
import { serverObject, type ServerBeats } from './server-object.ts';
import { statObject } from './stat-object.ts';

export interface AgentServantsOptions {
  /** What the port is bound to, which tells callers where to find the framework. */
  readonly host: string;
  readonly node: {
    readonly name: string;
    /** As the Node object says, the preferred one first. */
    addresses(): readonly string[];
  };
  readonly objects: ObjectSource;
  readonly locks: MasterLocks;
  readonly beats: ServerBeats;
  readonly configs: ServedConfigs;
  readonly reports: ReportSink;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export interface AgentServants {
  readonly table: ServantTable;
  /** To be called when the port is open, before the first request. */
  listensAt(port: number): void;
  close(): void;
}

export function agentServants(options: AgentServantsOptions): AgentServants {
  const context = makeContext(options);
  const own = new OwnAnswers({ names: frameworkNames, node: context.node, host: options.host });
  const subscribers = new QuerySubscribers(String(context.now()));
  const lookups = new AgentLookups({
    source: options.objects,
    locks: options.locks,
    node: context.node,
    gate: context.gate,
    own,
    subscribers,
  });
  const objects: Readonly<Record<FrameworkObject, Servant>> = {
    query: queryObject({ index: lookups.index, subscribers, ports: lookups }),
    server: serverObject(options.beats, context),
    config: configObject(options.configs, context),
    notify: notifyObject(context),
    log: logObject(context),
    stat: statObject(context),
    property: propertyObject(context),
  };
  return {
    table: new Map([...frameworkNames].map(([name, object]) => [name, objects[object]])),
    listensAt: (port) => own.setPort(port),
    close: () => lookups.close(),
  };
}

function makeContext(options: AgentServantsOptions): ServantContext {
  const {
    node: { name, addresses },
    reports,
    log,
    now = Date.now,
  } = options;
  const ownAddresses = new OwnAddresses(() => addresses());
  const node: OwnNode = { name, addresses: () => ownAddresses.all() };
  const complaints = new Complaints(log);
  return {
    node,
    complaints,
    gate: new PeerGate(node, complaints),
    reporter: new Reporter({ sink: reports, node: name, now }),
    now,
  };
}
