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

export type TarsType =
  | 'tars-cpp'
  | 'tars-java'
  | 'tars-nodejs'
  | 'tars-go'
  | 'tars-php'
  | 'tars-python';

export type ServiceType = 'process' | TarsType;

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
  /** Networks that the servant is reached on, as in `Node.addresses`; absent: the node's first one. */
  readonly networks?: readonly string[];
  /** Callers must prove that they know the key. */
  readonly auth?: ServantAuth;
}

/** A value that only its readers may see: encrypted in Git, and decrypted on their machines alone. */
export type SecretValue =
  | { readonly plain: string }
  | { readonly secret: string; readonly key: string; readonly ciphertext: string };

export interface ServantAuth {
  readonly accessKey: string;
  readonly secretKey: SecretValue;
}

/** A servant of another service that asks for a key which this service was given. */
export interface CalledServant {
  /** `App.Server.Obj`. */
  readonly object: string;
  readonly auth: ServantAuth;
}

export type ConfigLevel = 'app' | 'app-set' | 'service' | 'node';

/** A configuration file as the configuration servant serves it to a TARS service. */
export interface ServedFile {
  readonly name: string;
  /** Joined from all levels. */
  readonly content: string;
  /** What callers get who ask for the application's levels alone; absent when these say nothing. */
  readonly appContent?: string;
  /** Levels that say something, from the widest to the narrowest. */
  readonly levels: readonly ConfigLevel[];
  /** Of `content`; for people, no part of any digest. */
  readonly sources?: readonly FileSource[];
}

/** Where a run of lines of a rendered file comes from. */
export interface FileSource {
  /** Name of the Config object. */
  readonly config: string;
  readonly path: string;
  /** 1-based line in `path` of the first line; of the Config object when the text is inline. */
  readonly line: number;
  readonly inline: boolean;
  /** 1-based line in the rendered file where this source begins; 1 when it is merged by structure. */
  readonly renderedLine: number;
  /** Of its text, when it is merged by structure: tells which source a change comes from. */
  readonly digest?: Digest;
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
  /** TARS SET of the instance: `name.area.group`. */
  readonly set?: string;
  /** For TARS types, sorted by name. A change is pushed to the running process, without a restart. */
  readonly served?: readonly ServedFile[];
  /** Sorted by object. */
  readonly calls?: readonly CalledServant[];
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
  readonly grouping?: GroupingSpec;
  readonly origin: Origin;
}

/** How callers are led to near instances. */
export interface GroupingSpec {
  /** Callers get instances of their own IDC group first. */
  readonly idc: boolean;
  /** Name of the group that all instances count as, whatever their addresses. */
  readonly group?: string;
}

/** Hosts that are near each other, by their addresses. */
export interface IdcGroup {
  /** From 1; follows from the sorted names, and is what TARS libraries see. */
  readonly id: number;
  readonly name: string;
  readonly dataCenter: string;
  /** `10.1.2.3`, `10.1.2.*` or `10.1.0.0/16`; the narrowest rule of all groups decides. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  /** Which of the two wins for an address that both name: the one that is named last. */
  readonly order: 'allow-deny' | 'deny-allow';
}

/** Groups that stand in for each other when a caller's own group has no active instance. */
export interface Station {
  readonly name: string;
  /** Ids of IDC groups. */
  readonly groups: readonly number[];
  /** Stations with a lower number are tried first. */
  readonly priority: number;
}

export interface DesiredTopology {
  /** Sorted by id. */
  readonly groups: readonly IdcGroup[];
  /** Sorted by priority, then name. */
  readonly stations: readonly Station[];
}

export const noTopology: DesiredTopology = { groups: [], stations: [] };

export interface DesiredState {
  readonly cluster: DesiredCluster;
  readonly topology: DesiredTopology;
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
