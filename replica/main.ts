/**
 * Build your own consistent service: a durable log, replicas of a state machine behind it, and
 * leases with fencing tokens. Described with examples in `docs/replica.md`.
 */

export type { BlobInfo, Blobs, Digest } from './core/blobs.ts';
export {
  withFormat,
  withoutFormat,
  type CommandFormats,
  type StoredCommand,
} from './core/command-format.ts';
export type { AppendRequest, AppendResult, Log, LogEntry, LogHead } from './core/log.ts';
export type { ReplicaOptions, ReplicaPorts } from './core/log-replica.ts';
export type { SnapshotPolicy } from './core/snapshot-due.ts';
export type {
  Applied,
  CapturedState,
  ProposeOptions,
  Replica,
  StateMachine,
} from './core/replica.ts';
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
export type { LogStart } from './drivers/embedded/log-start.ts';
export {
  openJetStreamLog,
  type JetStreamLog,
  type JetStreamLogOptions,
} from './drivers/jetstream/open-jetstream-log.ts';
export type { BlobPeer, PeerBlob } from './drivers/replicated/blob-peer.ts';
export {
  httpBlobPeer,
  type HttpBlobPeer,
  type HttpBlobPeerOptions,
} from './drivers/replicated/http/http-blob-peer.ts';
export {
  serveBlobPeer,
  type PeerRequestHandler,
  type ServeBlobPeerOptions,
} from './drivers/replicated/http/serve-blob-peer.ts';
export type { RepairOptions, RepairReport } from './drivers/replicated/repair-blobs.ts';
export {
  openReplicatedBlobs,
  type ReplicatedBlobs,
} from './drivers/replicated/replicated-blobs.ts';
export type {
  ReplicatedBlobsOptions,
  ReplicationLimits,
} from './drivers/replicated/replicated-options.ts';
export { awsSigner, type AwsKey } from './drivers/s3/aws-signer.ts';
export { openS3Blobs, type S3Blobs, type S3BlobsOptions } from './drivers/s3/s3-blobs.ts';
export type { S3Request, S3Signer } from './drivers/s3/s3-requests.ts';
export { keepLease } from './keep-lease.ts';
export { openReplica } from './open-replica.ts';
