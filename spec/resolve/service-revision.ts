/** The part of a revision that is the same for every instance of a service. */

import type { ClusterDefaults, ServiceSpec } from '../../schemas/kinds.generated.ts';
import type { InstanceRevision, Limits, MonitorSpec, ServantSpec } from '../desired-state.ts';
import type { ObjectOf } from '../kind-of.ts';
import { parseSizeBytes } from './parse-quantity.ts';
import type { Calls } from './caller-keys.ts';
import type { AuthUnit } from './resolve-auth.ts';

export interface RevisionInput {
  readonly object: ObjectOf<'Service'>;
  readonly defaults: ClusterDefaults;
  readonly template: string | undefined;
  /** Of the servants that ask for a key. */
  readonly auth: AuthUnit | undefined;
  readonly calls: Calls | undefined;
}

export function revisionOf(input: RevisionInput): InstanceRevision {
  const { object, defaults, template, auth, calls } = input;
  const { type, release, run, env, servants } = object.value.spec;
  const { start, stop, user, hooks } = run;
  const monitor = monitorOf(run.monitor);
  return {
    service: object.name,
    type,
    ...(release && { release }),
    ...(start !== undefined && { start }),
    ...(stop !== undefined && { stop }),
    hooks,
    ...(monitor && { monitor }),
    ...(user !== undefined && { user }),
    limits: limitsOf(run.limits),
    stopTimeoutMs: run.stopTimeoutMs ?? defaults.timeouts.stopTimeoutMs,
    startTimeoutMs: run.startTimeoutMs ?? defaults.timeouts.startTimeoutMs,
    env,
    servants: servants.map((servant) => servantOf(servant, auth)),
    files: [],
    ...(template !== undefined && { template }),
    ...(calls !== undefined && { calls }),
  };
}

function monitorOf(monitor: ServiceSpec['run']['monitor']): MonitorSpec | undefined {
  if (monitor === undefined) return undefined;
  const { tcp, http, script, everyMs, timeoutMs, failures } = monitor;
  const timing = { everyMs, timeoutMs, failures };
  if (tcp !== undefined) return { kind: 'tcp', target: String(tcp), ...timing };
  if (http !== undefined) return { kind: 'http', target: http, ...timing };
  return { kind: 'script', target: script ?? '', ...timing };
}

function limitsOf({ memory, cpu, openFiles, coreDump }: ServiceSpec['run']['limits']): Limits {
  return {
    ...(memory !== undefined && { memoryBytes: parseSizeBytes(memory) }),
    ...(cpu !== undefined && { cpu }),
    ...(openFiles !== undefined && { openFiles }),
    ...(coreDump !== undefined && { coreDumpBytes: parseSizeBytes(String(coreDump)) }),
  };
}

function servantOf(
  servant: ServiceSpec['servants'][number],
  unit: AuthUnit | undefined,
): ServantSpec {
  const { queue, networks, auth: _written, ...plain } = servant;
  const auth = unit?.auths.get(servant.name);
  return {
    ...plain,
    queueCapacity: queue.capacity,
    queueTimeoutMs: queue.timeoutMs,
    ...(networks !== undefined && { networks }),
    ...(auth !== undefined && { auth }),
  };
}
