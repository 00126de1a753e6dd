/** What the status API needs from the rest of the controller; wired in `controller/main.ts`. */

import type { RegistryCommand } from '../../registry/commands.ts';
import type { RegistryState, TimeMs } from '../../registry/model.ts';
import type { RegistryResult } from '../../registry/result.ts';
import type {
  FaultResource,
  NotificationResource,
  PackageResource,
  ReportResource,
} from '../../registry/status/resources.ts';
import type {
  ControllerFacts,
  PackageLookup,
  RolloutFacts,
  SilentController,
  SourceFacts,
} from '../../registry/status/status-input.ts';
import type { MembersResource } from '../../registry/status/member-resources.ts';
import type { Replica } from '../../replica/core/replica.ts';

export type RegistryReplica = Replica<RegistryState, RegistryCommand, RegistryResult>;

export interface PackagePort extends PackageLookup {
  list(): readonly PackageResource[];
  /** Called after every change. Returns the unsubscriber. */
  onChange(listener: () => void): () => void;
}

/** The link to the agents. */
export interface AgentsPort {
  /** When the node's agent was last heard by this controller. */
  heardAt(node: string): TimeMs | undefined;
  readonly connected: number;
  /** Ends by itself unless `follow` is set. Throws when the agent is away or the instance unknown. */
  requestLogs(instance: string, request: LogRequest): AsyncIterable<LogPiece>;
  /** Rejects when the agent is away, the instance unknown, or the time over. */
  sendCommand(request: CommandRequest): Promise<CommandOutcome>;
}

export interface CommandRequest {
  readonly instance: string;
  readonly text: string;
  readonly timeoutMs: number;
}

export interface CommandOutcome {
  readonly ok: boolean;
  /** What the service answered, or why it did not. */
  readonly text: string;
  /** Error code, when it was not the service that refused. */
  readonly code?: string;
}

/** What services report; see `controller/collect`. */
export interface CollectedPort {
  /** Sorted by kind, then source. */
  counters(): readonly ReportResource[];
  notifications(query: NotificationQuery): NotificationPage;
}

export interface NotificationQuery {
  readonly service?: string;
  readonly node?: string;
  readonly limit: number;
  /** Only older ones than that of this id. */
  readonly before?: number;
}

export interface NotificationPage {
  /** Newest first. */
  readonly items: readonly NotificationResource[];
  /** On all pages. */
  readonly total: number;
  readonly hasMore: boolean;
}

export interface LogRequest {
  readonly from: { readonly tailLines: number } | { readonly position: number };
  readonly follow: boolean;
  /** Only lines that contain this text. */
  readonly contains?: string;
  /** Ends the stream without an error. */
  readonly signal?: AbortSignal;
}

export interface LogPiece {
  readonly lines: readonly string[];
  /** Byte position behind the last line: a later request may go on from here. */
  readonly position: number;
}

export interface StatusPorts {
  readonly registry: Pick<RegistryReplica, 'state' | 'sequence' | 'subscribe' | 'catchUp'>;
  readonly controller: ControllerFacts;
  readonly packages: PackagePort;
  readonly agents: AgentsPort;
  readonly collected: CollectedPort;
  /** The controllers, as far as this one hears of them. */
  members(): Promise<MembersResource>;
  /** Those of the others that are not heard; absent: there are no others. */
  silentControllers?(): readonly SilentController[];
  source(): SourceFacts | undefined;
  /** Of the last commit that was looked at; the same array while they are the same. */
  faults(): readonly FaultResource[];
  rolloutOf(scope: string): RolloutFacts | undefined;
  /** The operator waits no longer for agents. */
  endRebuild(): Promise<RegistryResult>;
  now(): TimeMs;
  /** What keeps this controller from doing its work; empty when it is ready. */
  notReady(): readonly string[];
}
