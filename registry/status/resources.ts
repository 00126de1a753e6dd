/** What the API, the command line and the SDK show: every resource as plain data, times in ms since 1970. */

import type { Digest, InstanceId, Origin, ScopeId } from '../../spec/desired-state.ts';
import type {
  ExitRecord,
  InstanceEndpoint,
  InstancePhase,
  RegistryEvent,
  TimeMs,
} from '../model.ts';

/** `Unknown` means that there is no evidence; it is never shown as fine. */
export type ConditionStatus = 'True' | 'False' | 'Unknown';

export interface Condition {
  /** Such as `Ready`, `Progressing`, `Stalled`, `SourceFresh`. */
  readonly type: string;
  readonly status: ConditionStatus;
  /** One stable word to search for. */
  readonly reason: string;
  /** What is so, and what to do when it is not fine. */
  readonly message: string;
  readonly since?: TimeMs;
  /** Generation of the spec that this speaks for. */
  readonly observedGeneration?: number;
  /** When what this rests on was last confirmed; absent when it never was. */
  readonly evidenceAt?: TimeMs;
}

/** Is it what Git says? */
export type Sync = 'Synced' | 'OutOfSync' | 'Held' | 'Unknown';
export type ServiceHealth = 'Healthy' | 'Progressing' | 'Degraded' | 'Down' | 'Stopped' | 'Unknown';
export type InstanceHealth = 'Healthy' | 'Progressing' | 'Unhealthy' | 'Stopped' | 'Unknown';
/** `off`: no policy asks for approval. */
export type Approval = 'off';
export type RolloutPhase = 'Complete' | 'Rolling' | 'Waiting' | 'Stalled';

export interface SourceResource {
  /** Without credentials. */
  readonly url: string;
  readonly branch: string;
  readonly path: string;
  readonly state: 'Fresh' | 'Stale' | 'Unreachable' | 'Frozen' | 'Held' | 'Empty';
  /** The last commit that was looked at. */
  readonly commit?: string;
  /** The commit whose content is in force; differs while a commit is held. */
  readonly inForceCommit?: string;
  readonly author?: string;
  readonly subject?: string;
  readonly committedAt?: TimeMs;
  readonly appliedAt?: TimeMs;
  readonly objects: number;
  readonly faults: number;
  readonly held: readonly HeldResource[];
  /** A newer commit that was seen and is not in the registry yet. */
  readonly head?: string;
  /** When the repository answered last. */
  readonly lastLookAt?: TimeMs;
  readonly conditions: readonly Condition[];
}

export interface HeldResource {
  readonly kind: string;
  readonly name: string;
  readonly reason: string;
  readonly message: string;
  readonly because?: { readonly kind: string; readonly name: string };
}

export interface FaultResource {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly path: string;
  /** 1-based; absent when the fault is about the file as a whole. */
  readonly line?: number;
  readonly column?: number;
  readonly suggestion?: string;
  readonly hint?: string;
  readonly object?: { readonly kind: string; readonly name: string };
  /** The frame with its caret, as `tarsctl validate` prints it. */
  readonly text?: string;
}

export interface Counts {
  readonly nodes: { readonly total: number; readonly alive: number };
  readonly services: { readonly total: number; readonly fine: number };
  readonly instances: {
    readonly total: number;
    readonly ready: number;
    readonly stopped: number;
    readonly unknown: number;
  };
  readonly faults: number;
  readonly problems: number;
}

export interface ClusterResource {
  readonly name: string;
  readonly version: string;
  readonly startedAt: TimeMs;
  /** Where there are several: the controller that answers. */
  readonly controller?: string;
  /** Where there are several: the controller that decides; absent while none does. */
  readonly leader?: string;
  readonly dataCenters: readonly string[];
  readonly counts: Counts;
  readonly conditions: readonly Condition[];
}

export interface NodeResource {
  readonly name: string;
  readonly dataCenter: string;
  readonly addresses: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly nodeSet?: string;
  readonly origin?: Origin;
  readonly state: 'Alive' | 'Lost' | 'NeverSeen' | 'Unknown';
  readonly agentVersion?: string;
  readonly hostname?: string;
  /** Where there are several: the controller that the agent is, or was last, connected to. */
  readonly controller?: string;
  /** Of `state`. */
  readonly since?: TimeMs;
  readonly evidenceAt?: TimeMs;
  readonly instances: { readonly total: number; readonly ready: number };
  readonly conditions: readonly Condition[];
}

export interface InstanceResource {
  readonly id: InstanceId;
  readonly service: string;
  readonly scope: ScopeId;
  readonly dataCenter: string;
  readonly node: string;
  /** `removed`: no longer in Git, and not gone yet. */
  readonly wanted: 'running' | 'stopped' | 'removed';
  readonly phase: InstancePhase | 'unknown';
  readonly sync: Sync;
  readonly health: InstanceHealth;
  /** Version that Git asks for. */
  readonly version?: string;
  readonly desiredRevision?: Digest;
  readonly targetRevision?: Digest;
  readonly observedRevision?: Digest;
  readonly commit?: string;
  readonly generation?: number;
  readonly pid?: number;
  /** Of the TARS library in the process, as it reported it. */
  readonly libraryVersion?: string;
  readonly startedAt?: TimeMs;
  readonly restarts: number;
  readonly lastExit?: ExitRecord;
  readonly nextTryAt?: TimeMs;
  readonly endpoints: readonly InstanceEndpoint[];
  readonly reason: string;
  readonly message: string;
  readonly since?: TimeMs;
  readonly evidenceAt?: TimeMs;
  readonly conditions: readonly Condition[];
}

export interface ServiceResource {
  readonly scope: ScopeId;
  readonly service: string;
  readonly dataCenter: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly origin: Origin;
  readonly state: 'running' | 'stopped';
  readonly sync: Sync;
  readonly health: ServiceHealth;
  readonly approval: Approval;
  readonly rollout: RolloutPhase;
  readonly package?: string;
  readonly version?: string;
  readonly packageDigest?: Digest;
  readonly digest: Digest;
  readonly generation: number;
  readonly commit: string;
  readonly acceptedAt: TimeMs;
  readonly instances: {
    readonly total: number;
    readonly ready: number;
    /** At the revision that Git asks for. */
    readonly current: number;
    readonly unknown: number;
  };
  /** When the first of its crashed instances is started again. */
  readonly nextTryAt?: TimeMs;
  /** Of the instance whose evidence is oldest; absent when one was never heard of. */
  readonly evidenceAt?: TimeMs;
  readonly conditions: readonly Condition[];
}

export interface EndpointResource {
  readonly servant: string;
  readonly instance: InstanceId;
  readonly service: string;
  readonly node: string;
  readonly dataCenter: string;
  readonly protocol: 'tars' | 'not-tars';
  readonly host: string;
  readonly port: number;
  readonly weight: number;
  /** Whether callers are sent there. */
  readonly active: boolean;
  readonly reason: string;
  readonly evidenceAt?: TimeMs;
}

export interface RolloutStep {
  readonly instance: InstanceId;
  readonly node: string;
  readonly state: 'waiting' | 'updating' | 'updated' | 'failed' | 'unknown';
  readonly since?: TimeMs;
  readonly message: string;
}

export interface RolloutResource {
  readonly scope: ScopeId;
  readonly service: string;
  readonly dataCenter: string;
  readonly phase: RolloutPhase;
  readonly strategy: 'rolling' | 'recreate';
  readonly generation: number;
  readonly commit: string;
  readonly digest: Digest;
  readonly version?: string;
  readonly updated: number;
  readonly total: number;
  readonly acceptedAt: TimeMs;
  readonly lastProgressAt: TimeMs;
  readonly steps: readonly RolloutStep[];
  readonly conditions: readonly Condition[];
}

/** What is in force in one scope. */
export interface RevisionResource {
  readonly scope: ScopeId;
  readonly digest: Digest;
  readonly commit: string;
  readonly generation: number;
  readonly acceptedAt: TimeMs;
  readonly version?: string;
  /** Digests for `/revisions/:digest`. */
  readonly instanceRevisions: readonly { readonly digest: Digest; readonly instances: number }[];
}

export interface PackageResource {
  readonly package: string;
  readonly version: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly pushedAt: TimeMs;
  /** As the pusher said it; nothing depends on it. */
  readonly by: string;
  readonly isDefault: boolean;
  /** Scopes whose desired state or targets name this version. */
  readonly usedBy: readonly ScopeId[];
}

export interface EventResource extends RegistryEvent {
  /** Grows with every event; unique. */
  readonly id: string;
}

/** Something that is not fine, with the command that explains it. */
export interface ProblemResource {
  readonly severity: 'error' | 'warning';
  readonly subject: { readonly kind: string; readonly name: string };
  readonly reason: string;
  readonly message: string;
  readonly since?: TimeMs;
  readonly evidenceAt?: TimeMs;
  /** When a crashed instance is started again. */
  readonly nextTryAt?: TimeMs;
  /** Ready to paste. */
  readonly why: string;
}

/** One screen: what runs, and what is wrong. Of a large fleet the rows that are not fine first. */
export interface StatusResource {
  readonly cluster: ClusterResource;
  readonly source: SourceResource;
  readonly problems: readonly ProblemResource[];
  readonly services: readonly ServiceResource[];
  readonly nodes: readonly NodeResource[];
}

export interface WhyFact {
  /** `ok` speaks for it, `bad` against it, `wait` will change by itself, `info` is context. */
  readonly mark: 'ok' | 'bad' | 'wait' | 'info';
  readonly label: string;
  readonly text: string;
}

/** The answer to "why is this not as I expect it?". */
export interface WhyResource {
  readonly kind: 'service' | 'instance' | 'node' | 'commit' | 'source';
  readonly name: string;
  readonly fine: boolean;
  /** Such as `NOT RUNNING`. */
  readonly verdict: string;
  readonly reason: string;
  readonly message: string;
  readonly since?: TimeMs;
  readonly evidenceAt?: TimeMs;
  readonly facts: readonly WhyFact[];
  /** What would change it; commands are ready to paste. */
  readonly next: readonly string[];
}

/** What a service, or its library, wants people to know. */
export interface NotificationResource {
  /** Grows with every notification; unique. */
  readonly id: string;
  /** By the clock of its machine. */
  readonly at: TimeMs;
  /** `App.Server`. */
  readonly service: string;
  readonly node: string;
  readonly level: 'normal' | 'warn' | 'error' | 'alarm';
  readonly message: string;
  readonly thread?: string;
}

/** How much a service reported. */
export interface ReportResource {
  readonly kind: 'stat' | 'property' | 'notify' | 'log' | 'dropped' | 'refused';
  /** `App.Server`; the node for what its agent had no room for; `others` beyond a bound. */
  readonly source: string;
  readonly entries: number;
  readonly bytes: number;
  readonly lastAt: TimeMs;
}

/** The items of each list, by the name of the list. */
export interface ListedResources {
  readonly nodes: NodeResource;
  readonly services: ServiceResource;
  readonly instances: InstanceResource;
  readonly endpoints: EndpointResource;
  readonly rollouts: RolloutResource;
  readonly revisions: RevisionResource;
  readonly packages: PackageResource;
  readonly events: EventResource;
  readonly faults: FaultResource;
  readonly problems: ProblemResource;
  readonly notifications: NotificationResource;
  readonly reports: ReportResource;
}

export type ListName = keyof ListedResources;

/** One page of a list. */
export interface ResourceList<Item> {
  /** Registry sequence that this speaks for; give it to `since` or `watch`. */
  readonly revision: number;
  /** The controller's clock: ages are counted from here. */
  readonly asOf: TimeMs;
  readonly items: readonly Item[];
  /** Number of items that fit the filters, on all pages. */
  readonly total: number;
  /** Give it to `cursor` for the next page; absent on the last one. */
  readonly nextCursor?: string;
  /** Set when `since` was asked: items that are gone. */
  readonly removed?: readonly string[];
  /** Set when `since` was asked: `true` when these are all items, because `since` is too long ago. */
  readonly full?: boolean;
}

export interface ResourceItem<Item> {
  readonly revision: number;
  readonly asOf: TimeMs;
  readonly item: Item;
}
