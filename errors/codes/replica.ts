/** Error codes of the log, its snapshots, blobs and leases. */

import type { ErrorRow } from '../error-row.ts';

export const replicaCodes = {
  STALE_SEQUENCE: {
    consequence: 'transient',
    meaning: 'A compare-and-set append expected another head: somebody else appended first.',
    remedy: 'Read the new entries, decide again, and append with the new sequence.',
  },
  LOG_DAMAGED: {
    consequence: 'terminal',
    meaning:
      'The log lost, changed or reordered entries that were acknowledged, or its file is not readable.',
    remedy:
      'Keep the files, then restore the directory from a backup. If the newest entries may be lost, `docs/replica.md` says how to accept what is still readable.',
  },
  LOG_LOCKED: {
    consequence: 'terminal',
    meaning: 'Another process has this log open.',
    remedy: 'Stop the process that the message names, or choose another data directory.',
  },
  LOG_TOO_NEW: {
    consequence: 'terminal',
    meaning: 'The log was written by a newer version whose format this one does not know.',
    remedy: 'Start the newer version again; it was not changed by this attempt.',
  },
  LOG_NOT_EMPTY: {
    consequence: 'terminal',
    meaning: 'A log was to begin behind a given entry in a directory that holds a log already.',
    remedy: 'Choose an empty directory, or open the log that is there.',
  },
  LOG_TRIMMED: {
    consequence: 'terminal',
    meaning: 'Entries were asked for that are no longer kept.',
    remedy: 'Load a snapshot first, then read from its sequence on.',
  },
  LOG_IO_FAILED: {
    consequence: 'transient',
    meaning:
      'The disk refused a read or write of the log; what was appended may or may not be in it.',
    remedy: 'Look at the disk and at the permissions; propose again with the same command id.',
  },
  LOG_UNAVAILABLE: {
    consequence: 'transient',
    meaning:
      'The engine of the log has no majority or cannot be reached; what was appended may or may not be in it.',
    remedy:
      'Look at the other members (`tarsctl controller health`); propose again with the same command id.',
  },
  LOG_MOVED: {
    consequence: 'terminal',
    meaning: 'The log was moved out of the engine; it goes on in the embedded one of one member.',
    remedy: 'Stop this controller. Agents are told the URL of the one that goes on.',
  },
  LOG_BEHIND: {
    consequence: 'terminal',
    meaning:
      'This member was away for so long that the others no longer keep the entries that it needs next.',
    remedy: 'Start it again: it loads a newer snapshot.',
  },
  LOG_FORKED: {
    consequence: 'terminal',
    meaning:
      'The engine lost entries that were acknowledged to this member, and went on with other ones.',
    remedy:
      'Start the member again: it puts its copy aside and follows the engine. The message says which entries to look for in the copy.',
  },
  LOG_ENTRY_TOO_LARGE: {
    consequence: 'terminal',
    meaning: 'A command is larger than one log entry may be.',
    remedy: 'Store the content as a blob and put its digest in the command.',
  },
  LOG_OVERLOADED: {
    consequence: 'transient',
    meaning: 'More commands wait for the disk than the limit allows.',
    remedy: 'Propose fewer at the same time; try again with the same command id.',
  },
  LOG_CLOSED: {
    consequence: 'terminal',
    meaning: 'The log or replica was used after it was closed.',
    remedy: 'Open it again.',
  },
  STORAGE_FULL: {
    consequence: 'transient',
    meaning: 'There is no space left on the disk, or a quota or file size limit is reached.',
    remedy: 'Make space; nothing needs a restart. What was acknowledged is safe.',
  },
  SNAPSHOT_DAMAGED: {
    consequence: 'terminal',
    meaning:
      'No snapshot of the state can be read, and the log no longer reaches back to the beginning.',
    remedy: 'Restore the data directory (log and blobs together) from a backup.',
  },
  SNAPSHOT_TOO_NEW: {
    consequence: 'terminal',
    meaning: 'A snapshot was written by a newer version whose format this one does not know.',
    remedy: 'Start the newer version again; nothing was changed by this attempt.',
  },
  COMMAND_TOO_NEW: {
    consequence: 'terminal',
    meaning: 'The log holds a command of a newer version, which this one would misread.',
    remedy: 'Start the newer version again; nothing was changed by this attempt.',
  },
  COMMAND_RESULT_FORGOTTEN: {
    consequence: 'terminal',
    meaning: 'The command was applied before, once, but its result is no longer kept.',
    remedy: 'Do not propose it again; read the state.',
  },
  REPLICA_FAILED: {
    consequence: 'defect',
    meaning: 'A state machine threw while it applied a command, so its state cannot be trusted.',
    remedy: 'Report it with the log; the supervisor restarts the process.',
  },
  BLOB_MISSING: {
    consequence: 'terminal',
    meaning: 'Content with this digest is not stored here.',
    remedy: 'Push it, or look at the digest.',
  },
  BLOB_DAMAGED: {
    consequence: 'terminal',
    meaning: 'Stored content no longer matches its digest.',
    remedy: 'Delete the blob and push it again, or restore it from a backup.',
  },
  BLOB_DIGEST_MISMATCH: {
    consequence: 'terminal',
    meaning: 'Content that arrived has another digest than announced.',
    remedy: 'Send it again; if it happens twice, look at the file on the sending side.',
  },
  BLOB_TOO_LARGE: {
    consequence: 'terminal',
    meaning: 'Content is larger than the limit of this store.',
    remedy: 'Make it smaller or raise the limit.',
  },
  BLOB_ARRIVING: {
    consequence: 'transient',
    meaning: 'Somebody else is sending the same content to this member right now.',
    remedy: 'Nothing: it is tried again, and goes on behind what has arrived by then.',
  },
  BLOB_OFFSET: {
    consequence: 'transient',
    meaning: 'A piece of content does not begin where the piece before it ended.',
    remedy: 'Ask how much arrived, and send what comes after it.',
  },
  BLOB_NO_MAJORITY: {
    consequence: 'transient',
    meaning: 'Content could not be stored by more than half of the members, so it does not count.',
    remedy:
      'Look at the members that the message names, then send it again: what they received is kept.',
  },
  BLOB_UNREACHABLE: {
    consequence: 'transient',
    meaning: 'Content is not here, and members that may have it could not be asked.',
    remedy: 'Try again when the members that the message names are back.',
  },
  BLOB_PEER_FAILED: {
    consequence: 'transient',
    meaning: 'Another member, or an object store, could not be reached or failed with a request.',
    remedy: 'Look at that member and the network between; it is tried again.',
  },
  BLOB_PEER_REFUSED: {
    consequence: 'terminal',
    meaning: 'Another member, or an object store, refused a request: token, rights, or address.',
    remedy: 'Compare token or keys, address and bucket with what the other side expects.',
  },
  STALE_LEASE: {
    consequence: 'terminal',
    meaning: 'A controller acted with a lease that another controller has taken over.',
    remedy: 'Nothing: the controller that leads now does the work. Its log says who it is.',
  },
} as const satisfies Record<string, ErrorRow>;
