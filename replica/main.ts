/** Build your own consistent service: a durable log, and replicas of a state machine behind it. */

export type { BlobInfo, Blobs, Digest } from './core/blobs.ts';
export type { AppendRequest, AppendResult, Log, LogEntry, LogHead } from './core/log.ts';
export type { ReplicaOptions, ReplicaPorts, SnapshotPolicy } from './core/log-replica.ts';
export type { Applied, ProposeOptions, Replica, StateMachine } from './core/replica.ts';
export {
  openEmbeddedBlobs,
  type EmbeddedBlobs,
  type EmbeddedBlobsOptions,
} from './drivers/embedded/embedded-blobs.ts';
export { openEmbeddedLog, type EmbeddedLogOptions } from './drivers/embedded/embedded-log.ts';
export { openReplica } from './open-replica.ts';
