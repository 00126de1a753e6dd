/** What a commit asks for, resolved and rendered: plain data that can be compared and logged. */

import type { ObjectRef } from './fault.ts';

/** `sha256:` and 64 lower-case hexadecimal digits, over canonical JSON (RFC 8785). */
export type Digest = string;

/** `<dataCenter>/<Application.Server>`: the smallest unit that plan, rollout and policy speak about. */
export type ScopeId = string;

/** `<Application.Server>@<node>`. */
export type InstanceId = string;

export interface Origin {
  readonly path: string;
  /** 1-based line of the object's first key. */
  readonly line: number;
}

export interface DesiredCluster {
  readonly name: string;
  readonly deletionBrake: DeletionBrake;
  /** Absent when the repository has no Cluster object and the defaults are in force. */
  readonly origin?: Origin;
}

export interface DeletionBrake {
  readonly maxServices: number;
  readonly maxInstances: number;
  readonly maxNodes: number;
  /** Counts of removed objects that the commit confirms; see docs/kinds/cluster.md. */
  readonly confirmDelete?: number;
}

export interface DesiredNode {
  readonly name: string;
  readonly dataCenter: string;
  /** One address per network; the first one is what services are reached at. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly portRange: { readonly from: number; readonly to: number };
  /** The NodeSet that this node is a member of. */
  readonly nodeSet?: string;
  readonly origin: Origin;
}

export type ServiceType = 'process' | 'tars-nodejs';

export interface MonitorSpec {
  readonly kind: 'tcp' | 'http' | 'script';
  /** Port (tcp), `http://…` URL or path with port (http), or command (script); may use `${port.<Servant>}`. */
  readonly target: string;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** Failures in a row after which the process is killed and restarted. */
  readonly failures: number;
}

export interface Limits {
  readonly memoryBytes?: number;
  /** Cores, such as 1.5. */
  readonly cpu?: number;
  readonly openFiles?: number;
  /** Bytes; 0 forbids core files. */
  readonly coreDumpBytes?: number;
}

export interface ServantSpec {
  readonly name: string;
  /** `auto`: the agent chooses from the node's range and keeps the choice. */
  readonly port: number | 'auto';
  readonly protocol: 'tars' | 'not-tars';
  readonly threads: number;
  readonly maxConnections: number;
  readonly queueCapacity: number;
  readonly queueTimeoutMs: number;
  readonly weight: number;
}

/** Where a run of lines of a rendered file comes from. */
export interface FileSource {
  /** Name of the Config object. */
  readonly config: string;
  readonly path: string;
  /** 1-based line in `path` of the first line; of the Config object when the text is inline. */
  readonly line: number;
  readonly inline: boolean;
  /** 1-based line in the rendered file where this source begins. */
  readonly renderedLine: number;
}

export interface RenderedFile {
  /** Relative to the instance's configuration folder; checked: no `..`, not absolute. */
  readonly path: string;
  readonly content: string;
  /** For people; no part of any digest. */
  readonly sources?: readonly FileSource[];
}

/** Everything that an instance runs. One digest over all of it: it rolls forward and back together. */
export interface InstanceRevision {
  readonly service: string;
  readonly type: ServiceType;
  /** Absent for services that run a program of the machine. */
  readonly release?: {
    readonly package: string;
    readonly version: string;
    /** As the spec pins it; the controller fills in the stored digest in the target. */
    readonly digest?: Digest;
  };
  /** Command lines for `/bin/sh -c`, run in the release's folder. */
  readonly start?: string;
  readonly stop?: string;
  readonly hooks: { readonly preStart?: string; readonly postStop?: string };
  readonly monitor?: MonitorSpec;
  readonly user?: string;
  readonly limits: Limits;
  readonly stopTimeoutMs: number;
  /** A process that is not ready after this long is restarted. */
  readonly startTimeoutMs: number;
  readonly env: Readonly<Record<string, string>>;
  readonly servants: readonly ServantSpec[];
  readonly files: readonly RenderedFile[];
  /** Merged framework template and private profile, for TARS types. */
  readonly template?: string;
}

export interface RolloutSpec {
  readonly strategy: 'rolling' | 'recreate';
  /** Instances per step: a count, or a percentage of the scope (`25%`), at least 1. */
  readonly batch: number | string;
  readonly maxUnavailable: number | string;
  /** Without progress for this long the rollout is stalled. */
  readonly progressDeadlineMs: number;
}

export interface DesiredInstance {
  readonly instance: InstanceId;
  readonly node: string;
  /** Key into `revisions`. */
  readonly revision: Digest;
}

export interface DesiredScope {
  readonly scope: ScopeId;
  readonly service: string;
  readonly dataCenter: string;
  readonly state: 'running' | 'stopped';
  /** Over everything in this scope that changes what runs where and how it rolls; not over origin. */
  readonly digest: Digest;
  readonly revisions: Readonly<Record<Digest, InstanceRevision>>;
  /** Sorted by instance. */
  readonly instances: readonly DesiredInstance[];
  readonly rollout: RolloutSpec;
  readonly labels: Readonly<Record<string, string>>;
  readonly origin: Origin;
}

export interface DesiredState {
  readonly cluster: DesiredCluster;
  readonly dataCenters: ReadonlyMap<string, { readonly name: string; readonly origin: Origin }>;
  readonly nodes: ReadonlyMap<string, DesiredNode>;
  readonly scopes: ReadonlyMap<ScopeId, DesiredScope>;
}

/** An object that is not in force as written: its last good revision stays. */
export interface HeldObject {
  readonly object: ObjectRef;
  /** Fault code, or the code of the object that it depends on. */
  readonly reason: string;
  readonly message: string;
  /** The broken object this one waits for, when the fault is not its own. */
  readonly because?: ObjectRef;
}
