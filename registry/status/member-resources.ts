/** The controllers and their engine, as the API and `tarsctl controller` show them. */

export interface MemberResource {
  readonly name: string;
  /** Of its API; absent when there is one controller only. */
  readonly url?: string;
  /** `silent`: not heard by the controller that was asked. */
  readonly role: 'leader' | 'follower' | 'silent';
  /** Absent while it was never heard. */
  readonly version?: string;
  readonly startedAt?: number;
  /** Agents that are connected to it. */
  readonly agents?: number;
  /** Entries that it has applied, by log. */
  readonly applied?: Readonly<Record<string, number>>;
  readonly silentMs?: number;
}

/** One copy of a log in the engine. */
export interface EngineCopy {
  readonly member: string;
  readonly role: 'leader' | 'follower';
  readonly isOnline: boolean;
  /** Messages that it is behind the leader. */
  readonly lag: number;
}

export interface EngineLogResource {
  readonly name: string;
  /** Entries that are acknowledged, as far as the controller that was asked knows. */
  readonly entries: number;
  readonly copies: readonly EngineCopy[];
}

export interface EngineResource {
  readonly engine: 'embedded' | 'jetstream';
  /** How many members may fail now without a loss of service. */
  readonly spare: number;
  readonly logs: readonly EngineLogResource[];
  /** For people; empty when all is well. */
  readonly problems: readonly string[];
}

export interface MembersResource {
  /** Sorted by name. */
  readonly items: readonly MemberResource[];
  readonly engine: EngineResource;
}
