/**
 * Build your own consistent service: a durable log, replicas of a state machine behind it, and
 * leases with fencing tokens. Described with examples in `docs/replica.md`.
 */

export type { BlobInfo, Blobs, Digest } from './core/blobs.ts';
export type { AppendRequest, AppendResult, Log, LogEntry, LogHead } from './core/log.ts';
export type { ReplicaOptions, ReplicaPorts } from './core/log-replica.ts';
export type { SnapshotPolicy } from './core/snapshot-due.ts';
export type { Applied, ProposeOptions, Replica, StateMachine } from './core/replica.ts';
export {
  applyLease,
  emptyLeaseState,
  type Lease,
  type LeaseCommand,
  type LeaseResult,
  type LeaseState,
  type WatchedLease,
} from './core/lease.ts';
export type { LeaseOwner } from './core/lease-loop.ts';
export { leaseMachine } from './core/lease-machine.ts';
export type { LeaseMemberOptions } from './core/lease-member.ts';
export {
  openEmbeddedBlobs,
  type EmbeddedBlobs,
  type EmbeddedBlobsOptions,
} from './drivers/embedded/embedded-blobs.ts';
export { openEmbeddedLog, type EmbeddedLogOptions } from './drivers/embedded/embedded-log.ts';
export { keepLease } from './keep-lease.ts';
export { openReplica } from './open-replica.ts';
