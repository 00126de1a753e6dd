/** What the registry holds: targets that the leader chose, and what agents report. */

import type { LeaseState } from '../replica/core/lease.ts';
import type {
  DesiredCluster,
  DesiredNode,
  DesiredScope,
  DesiredTopology,
  Digest,
  HeldObject,
  InstanceId,
  InstanceRevision,
  ScopeId,
} from '../spec/desired-state.ts';

/** Milliseconds since 1970, from the clock of whoever proposed the command. */
export type TimeMs = number;

/** What one agent must bring one instance to. */
export interface InstanceTarget {
  readonly instance: InstanceId;
  readonly scope: ScopeId;
  readonly service: string;
  readonly node: string;
  readonly state: 'running' | 'stopped';
  /** Digest of `content`; a change means a restart. */
  readonly revision: Digest;
  readonly content: InstanceRevision;
  /** SHA-256 and size of the package as stored, when the revision has one. */
  readonly artifact?: { readonly digest: Digest; readonly sizeBytes: number };
  /** Generation of the scope that this target belongs to. */
  readonly generation: number;
  /** Commit that brought this revision. */
  readonly commit: string;
}

export type InstancePhase =
  | 'pending' // known to the agent, nothing done yet
  | 'installing' // package is fetched, verified, unpacked
  | 'starting' // process is there, not ready yet
  | 'running' // process is there and ready
  | 'unready' // process is there and its monitor fails
  | 'stopping'
  | 'stopped' // not running, and not meant to
  | 'backoff' // exited or failed; waits until nextTryAt
  | 'failed'; // cannot go on until the target changes

export interface InstanceEndpoint {
  /** Without the service's name: `CartObj`. */
  readonly servant: string;
  readonly protocol: 'tars' | 'not-tars';
  readonly host: string;
  readonly port: number;
  readonly weight: number;
}

export interface ExitRecord {
  readonly code?: number;
  readonly signal?: string;
  readonly at: TimeMs;
}

/** What an agent says about one of its instances. */
export interface InstanceObserved {
  readonly instance: InstanceId;
  readonly phase: InstancePhase;
  /** Revision of the process that runs, or of the last attempt. */
  readonly revision?: Digest;
  /** Generation of the target that this speaks for. */
  readonly observedGeneration: number;
  readonly pid?: number;
  readonly startedAt?: TimeMs;
  /** Starts that were not asked for by a new target, since the target was set. */
  readonly restarts: number;
  readonly lastExit?: ExitRecord;
  /** Of the TARS library in it, as it says. */
  readonly libraryVersion?: string;
  readonly nextTryAt?: TimeMs;
  readonly endpoints: readonly InstanceEndpoint[];
  /** One stable word, such as `CrashLoop`, `PackageMissing`, `MonitorFailed`. */
  readonly reason?: string;
  /** What happened and what to do, for people. */
  readonly message?: string;
  /** When this became true, by the agent's clock. */
  readonly since: TimeMs;
}

export interface NodeSession {
  readonly node: string;
  readonly sessionId: string;
  /** Name of the controller that the agent is connected to; absent in records of older controllers. */
  readonly controller?: string;
  /**
   * Place in the log of the command that opened it for this connection: what an earlier connection
   * of the same session has still under way is refused. Absent in records of older controllers.
   */
  readonly opened?: number;
  /** Everything on the node was reported on this connection. */
  readonly reported: boolean;
  readonly state: 'alive' | 'lost';
  readonly since: TimeMs;
  readonly agentVersion: string;
  readonly bootId: string;
  readonly hostname: string;
}

/** One scope as accepted from Git. */
export interface ScopeRecord {
  readonly desired: DesiredScope;
  /** Counts accepted changes of this scope, from 1. */
  readonly generation: number;
  readonly commit: string;
  readonly acceptedAt: TimeMs;
}

/** The last commit that was looked at and what came of it. */
export interface SourceRecord {
  readonly commit: string;
  /** Where it was taken from; another origin is another history. `url` is without credentials. */
  readonly origin?: { readonly url: string; readonly branch: string; readonly path: string };
  readonly committedAt: TimeMs;
  readonly author: string;
  readonly subject: string;
  readonly appliedAt: TimeMs;
  readonly objects: number;
  readonly held: readonly HeldObject[];
  /** Set while the whole commit waits (deletion brake); then `inForceCommit` differs from `commit`. */
  readonly holdReason?: { readonly code: string; readonly message: string };
  readonly inForceCommit: string;
}

/** One line of history, made by the state machine while it applies a command. */
export interface RegistryEvent {
  readonly sequence: number;
  readonly at: TimeMs;
  /** Stable word, such as `CommitApplied`, `InstanceRunning`, `NodeLost`. */
  readonly reason: string;
  readonly severity: 'info' | 'warning' | 'error';
  readonly subject: { readonly kind: string; readonly name: string };
  readonly message: string;
}

/** Which instance of a service is its primary. */
export interface LockRecord {
  /** Node of the instance. */
  readonly holder: string;
  /** Grows with every change of the holder of any lock. */
  readonly epoch: number;
  readonly since: TimeMs;
  readonly expiresAt: TimeMs;
  /** Node of another instance that took itself for the primary when it was last heard. */
  readonly disputedBy?: string;
}

export interface LockTable {
  /** Latest time that a command named; the clock of all locks. */
  latestAt: TimeMs;
  /** Highest epoch given out. */
  epoch: number;
  readonly byService: Map<string, LockRecord>;
}

/** Who leads: the controller that was granted the lease last, also after it gave it back. */
export interface LeaderRecord {
  readonly controller: string;
  /** Fencing token of its lease. */
  readonly token: number;
  readonly since: TimeMs;
}

/** The registry was made from Git and from what agents tell, after all controllers lost their disks. */
export interface RebuildRecord {
  readonly beganAt: TimeMs;
  /** Name of the controller that began it. */
  readonly controller: string;
  /** From the first commit on, nodes are waited for no longer than this. */
  readonly waitMs: number;
  /** When the first commit came into force. */
  readonly since?: TimeMs;
  /** Nodes whose agents have told everything since it began. */
  readonly heard: Set<string>;
  readonly ended?: { readonly at: TimeMs; readonly why: EndOfRebuild };
}

export type EndOfRebuild = 'all-heard' | 'time' | 'operator';

export interface RegistryState {
  /** Identity of this history: revisions of another one mean nothing here. Set once. */
  registryId: string | undefined;
  /** Highest fencing token seen; a command with a lower one changes nothing. */
  fencingToken: number;
  readonly leases: LeaseState;
  leader: LeaderRecord | undefined;
  cluster: DesiredCluster | undefined;
  source: SourceRecord | undefined;
  /** `undefined`: no commit has said anything about it. */
  topology: DesiredTopology | undefined;
  readonly nodes: Map<string, DesiredNode>;
  readonly scopes: Map<ScopeId, ScopeRecord>;
  readonly targets: Map<InstanceId, InstanceTarget>;
  /** By node: place in the log of the newest command that changed what its agent is told. */
  readonly targetsChanged: Map<string, number>;
  readonly observed: Map<InstanceId, InstanceObserved>;
  readonly sessions: Map<string, NodeSession>;
  readonly locks: LockTable;
  /** `undefined`: its history is that of its log. */
  rebuild: RebuildRecord | undefined;
  /** Newest last; bounded. */
  readonly events: RegistryEvent[];
}
