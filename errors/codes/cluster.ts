/** Error codes of the cluster file, and of the process of the distributed engine. */

import type { ErrorRow } from '../error-row.ts';

export const clusterCodes = {
  CLUSTER_FILE_INVALID: {
    consequence: 'terminal',
    meaning: 'The cluster file cannot be read, or what stands in it does not fit together.',
    remedy:
      'Correct what the message names. `tarsctl cluster init` writes whole files, `add-member` and `renew` change them.',
  },
  CLUSTER_FILE_UNSAFE: {
    consequence: 'terminal',
    meaning: 'A file with keys and passwords of the cluster can be read by other users.',
    remedy:
      'Set its mode to 0600. If others may have read it, make a new cluster file for every member.',
  },
  ENGINE_OTHER: {
    consequence: 'terminal',
    meaning: 'The data folder belongs to another engine, another cluster or another member.',
    remedy:
      'Start the controller as it was started before, or move the folder with `tarsctl migrate-engine`.',
  },
  PACKAGE_MISSING_HERE: {
    consequence: 'terminal',
    meaning: 'A member that is to go on alone lacks the bytes of packages that other members have.',
    remedy:
      'Start the controller of this member once more: it fetches them within a minute. Then move it again.',
  },
  ENGINE_MISSING: {
    consequence: 'terminal',
    meaning: 'There is no `nats-server` to run the distributed engine with.',
    remedy:
      'Install nats-server 2.12.0 or newer so that it is on PATH, or name the file; `docs/operations/engine.md` says how.',
  },
  ENGINE_TOO_OLD: {
    consequence: 'terminal',
    meaning:
      'The `nats-server` is older than 2.12.0. Older ones lost acknowledged writes and recovered badly from damaged files.',
    remedy: 'Install nats-server 2.12.0 or newer on this machine.',
  },
  ENGINE_LOCKED: {
    consequence: 'terminal',
    meaning: 'Another process looks after the engine of this data folder.',
    remedy: 'Stop that process, or give this one a data folder of its own.',
  },
  ENGINE_START_FAILED: {
    consequence: 'terminal',
    meaning: 'The `nats-server` ended, or did not listen, before it could be used.',
    remedy:
      'The message has its last words: most often a port is taken, an address is not of this machine, or the disk is full.',
  },
  ENGINE_NOT_READY: {
    consequence: 'transient',
    meaning:
      'JetStream does not answer: more than half of the members must run and reach each other.',
    remedy: 'Start the other members, and look at the addresses, ports and clocks of all of them.',
  },
  REBUILD_NOT_EMPTY: {
    consequence: 'terminal',
    meaning:
      'The registry is to be rebuilt from Git and from what agents tell, and it is not empty.',
    remedy:
      'Start the controller without `--rebuild`. If what is there must not be used, put the data folder aside first; `docs/operations/rebuild.md` says how.',
  },
  REBUILD_NOT_OPEN: {
    consequence: 'terminal',
    meaning: 'A rebuild was to be ended, and none is open.',
    remedy: 'Nothing: rollouts go on as always.',
  },
} as const satisfies Record<string, ErrorRow>;
