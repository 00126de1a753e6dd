/**
 * Every message between an agent and a controller. The agent dials; one WebSocket per agent;
 * MessagePack in binary frames. Changing a shape here means raising `protocolVersion`.
 */

import type { LookupObject } from '../../registry/lookup/lookup-model.ts';
import type { InstanceObserved, InstanceTarget } from '../../registry/model.ts';
import type { DesiredTopology } from '../../spec/desired-state.ts';
import type { CollectedEntry } from './collected-entry.ts';

export const protocolVersion = 4;

/** Agents of the versions before are let in as well: controllers are upgraded first. */
export const protocolVersionLeast = 2;

// ---- agent to controller

/** The first message of a connection. */
export interface Hello {
  readonly type: 'hello';
  readonly protocolVersion: number;
  readonly node: string;
  /** New for each start of the agent process. */
  readonly sessionId: string;
  readonly agentVersion: string;
  readonly bootId: string;
  readonly hostname: string;
  /** Revision of the targets that the agent holds on disk; 0 for none. */
  readonly haveRevision: number;
  /** Identity of the registry that this revision is of; absent when it is not known. */
  readonly registryId?: string;
}

/** Every heartbeatMs; stays out of the log. */
export interface Heartbeat {
  readonly type: 'heartbeat';
}

/** Observed state; in full after each welcome, changes afterwards. */
export interface Report {
  readonly type: 'report';
  /** Counts up from 1 on each connection; the controller answers with `report-ack`. */
  readonly number: number;
  readonly full: boolean;
  readonly instances: readonly InstanceObserved[];
  readonly gone: readonly string[];
}

/** The agent has these targets on its disk. */
export interface TargetsAck {
  readonly type: 'targets-ack';
  readonly revision: number;
}

/** Lines of an instance's output, answering a `logs-request`. */
export interface LogsChunk {
  readonly type: 'logs-chunk';
  readonly requestId: string;
  readonly lines: readonly string[];
  /** Byte position behind the last line: a later request may go on from here. */
  readonly position: number;
  /** Set on the last chunk of a request. */
  readonly end?: { readonly code: 'done' | 'cancelled' | 'error'; readonly message?: string };
}

/** Names of objects, `App.Server.Obj`, that services of this node look up. */
export interface Interest {
  readonly type: 'interest';
  /** Set in the first one of a connection: `add` is everything that is asked for. */
  readonly full: boolean;
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** Lookups answer from what came with this revision and before. */
export interface ObjectsAck {
  readonly type: 'objects-ack';
  readonly revision: number;
}

/** What services report; sent again until it is acknowledged. */
export interface Collected {
  readonly type: 'collected';
  /** One for each start of the agent; a number in it never stands for another entry. */
  readonly stream: string;
  /** Number of the first entry; the others follow without a gap. */
  readonly from: number;
  readonly entries: readonly CollectedEntry[];
}

/** What came of a `command`. */
export interface CommandResult {
  readonly type: 'command-result';
  readonly requestId: string;
  readonly ok: boolean;
  /** What the service answered, or why it did not. */
  readonly text: string;
  /** Error code, when it was not the service that refused. */
  readonly code?: string;
}

/** A service wants to be, or to stay, the one master among its instances. */
export interface LockRequest {
  readonly type: 'lock-request';
  readonly requestId: string;
  readonly service: string;
  readonly node: string;
  /** It believes that it is the master now. */
  readonly isMaster: boolean;
  /** The lock goes to another one when it is not asked for within this time. */
  readonly timeoutMs: number;
}

/** A package of which the agent has an unpacked release. */
export interface HeldPackage {
  readonly package: string;
  readonly version: string;
  /** SHA-256 and size of the package that it was unpacked from. */
  readonly digest: string;
  readonly sizeBytes: number;
}

/** What the agent holds from before, answering a welcome with `tellHeld`; its first report follows. */
export interface Held {
  readonly type: 'held';
  readonly targets: readonly InstanceTarget[];
  readonly packages: readonly HeldPackage[];
  /** The greatest fencing number that it was told by registries before this one. */
  readonly highestToken?: number;
}

// ---- controller to agent

export interface Welcome {
  readonly type: 'welcome';
  readonly heartbeatMs: number;
  /** Where packages are fetched: a path on the controller the agent is connected to. */
  readonly packagesPath: string;
  /** Identity of the registry; the revisions of all its controllers mean the same. */
  readonly registryId?: string;
  /** URLs of the controllers that are there; any of them will do. Absent: this one only. */
  readonly controllers?: readonly string[];
  /** The registry was made anew, and does not know yet what the node runs: `held` is to be sent. */
  readonly tellHeld?: boolean;
  /** Every fencing number that was given out so far is at most this. */
  readonly token?: number;
}

/** The connection is refused and will be again: wrong version, unknown node, bad token. */
export interface Refuse {
  readonly type: 'refuse';
  readonly code: string;
  readonly message: string;
}

/** What the agent must know about its own node; from the Node object in force. */
export interface NodeFacts {
  readonly dataCenter: string;
  /** One address per network; the first one is what services are reached at. */
  readonly addresses: Readonly<Record<string, string>>;
  /** `auto` ports are chosen from here. */
  readonly portRange: { readonly from: number; readonly to: number };
}

/** All targets of the node, or the change since `base`. */
export interface Targets {
  readonly type: 'targets';
  /** Registry sequence that this brings the agent to. */
  readonly revision: number;
  /** Absent: this is the full set. Else the agent must hold exactly this revision. */
  readonly base?: number;
  /** Set in every full set, and in a delta when it changed. */
  readonly nodeFacts?: NodeFacts;
  readonly upsert: readonly InstanceTarget[];
  readonly remove: readonly string[];
  /**
   * In a full set: instances that Git asks for and that have no target yet, such as while their
   * package is missing. What the agent holds of them stays as it is.
   */
  readonly keep?: readonly string[];
  /** Further parts of the same change follow. The connection joins them: agents never see it. */
  readonly more?: boolean;
}

/** This report and all before it on this connection are durable. */
export interface ReportAck {
  readonly type: 'report-ack';
  readonly number: number;
}

export interface LogsRequest {
  readonly type: 'logs-request';
  readonly requestId: string;
  readonly instance: string;
  /** Start with this many last lines, or from a byte position. */
  readonly from: { readonly tailLines: number } | { readonly position: number };
  readonly follow: boolean;
  /** Only lines that contain this text. */
  readonly contains?: string;
}

export interface LogsCancel {
  readonly type: 'logs-cancel';
  readonly requestId: string;
}

/** Objects as they are now, of those that the agent asks for. */
export interface Objects {
  readonly type: 'objects';
  /** Registry sequence up to which this tells every change of what the agent asks for. */
  readonly revision: number;
  /** Part of the answer to a full interest. */
  readonly full?: boolean;
  /** Set in a full answer, and when it changed. */
  readonly topology?: DesiredTopology;
  readonly upsert: readonly LookupObject[];
  /** Nobody knows them; they are told when they come to be. */
  readonly unknown: readonly string[];
  /** Further parts of the same change follow; only the last part is acknowledged. */
  readonly more?: boolean;
}

/** These entries, and all before them in this stream, are kept by the controller. */
export interface CollectedAck {
  readonly type: 'collected-ack';
  readonly stream: string;
  readonly upTo: number;
}

/** To be handed to the running process of an instance. */
export interface Command {
  readonly type: 'command';
  readonly requestId: string;
  readonly instance: string;
  readonly text: string;
  /** Nobody waits for the result any longer than this. */
  readonly timeoutMs: number;
}

export interface LockResult {
  readonly type: 'lock-result';
  readonly requestId: string;
  /** As `getLocker` answers: 0 it is the master, 1 another one is, 2 no sense, -1 not known. */
  readonly ret: number;
  /** Fencing number of who holds the lock. */
  readonly epoch?: number;
}

/** Fencing numbers were given out since: every one so far is at most this. */
export interface TokenTold {
  readonly type: 'token';
  readonly token: number;
}

export type AgentMessage =
  | Hello
  | Heartbeat
  | Report
  | TargetsAck
  | LogsChunk
  | Interest
  | ObjectsAck
  | Collected
  | CommandResult
  | LockRequest
  | Held;

export type ControllerMessage =
  | Welcome
  | Refuse
  | Targets
  | ReportAck
  | LogsRequest
  | LogsCancel
  | Objects
  | CollectedAck
  | Command
  | LockResult
  | TokenTold;
