/**
 * Every message between an agent and a controller. The agent dials; one WebSocket per agent;
 * MessagePack in binary frames. Changing a shape here means raising `protocolVersion`.
 */

import type { InstanceObserved, InstanceTarget } from '../../registry/model.ts';

export const protocolVersion = 2;

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

// ---- controller to agent

export interface Welcome {
  readonly type: 'welcome';
  readonly heartbeatMs: number;
  /** Where packages are fetched: a path on the controller the agent is connected to. */
  readonly packagesPath: string;
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

export type AgentMessage = Hello | Heartbeat | Report | TargetsAck | LogsChunk;
export type ControllerMessage = Welcome | Refuse | Targets | ReportAck | LogsRequest | LogsCancel;
