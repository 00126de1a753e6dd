/**
 * The closed registry of error codes. Codes are never reused; `docs/errors.md` has a row for each,
 * and a test compares the two. Faults of a repository are in `spec/fault-codes.ts`.
 */

import type { Consequence } from './tarsier-error.ts';

export interface ErrorRow {
  readonly consequence: Consequence;
  /** What it means, for the documentation. */
  readonly meaning: string;
  /** What to do about it, for the documentation. */
  readonly remedy: string;
}

const rows = {
  DEFECT: {
    consequence: 'defect',
    meaning: 'An invariant of Tarsier itself does not hold.',
    remedy: 'Report it with the log; the supervisor restarts the process.',
  },
  USAGE: {
    consequence: 'terminal',
    meaning: 'A command or request was called with arguments that do not fit.',
    remedy: 'Read the message; `tarsctl help <command>` shows the arguments.',
  },
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
  API_REQUEST_INVALID: {
    consequence: 'terminal',
    meaning: 'A request to the HTTP API has a parameter or body that does not fit.',
    remedy: 'The detail names the parameter; `/openapi.json` describes every route.',
  },
  API_UNKNOWN_PARAMETER: {
    consequence: 'terminal',
    meaning: 'A request to the HTTP API has a query parameter that the route does not know.',
    remedy: 'Use one of the parameters in the hint; a misspelt filter is never ignored.',
  },
  API_CURSOR_INVALID: {
    consequence: 'terminal',
    meaning: 'The cursor of a list request was not made by this list.',
    remedy: 'Ask for the first page again, without a cursor.',
  },
  API_NOT_FOUND: {
    consequence: 'terminal',
    meaning: 'Nothing of this kind has this name, or the path is not one of the API.',
    remedy: 'List the kind to see the names; `/openapi.json` lists the paths.',
  },
  API_UNAUTHORIZED: {
    consequence: 'terminal',
    meaning: 'The request needs a bearer token of a certain kind and has none, or a wrong one.',
    remedy:
      "Send `Authorization: Bearer …` with the token from the controller's `tokens` folder that the hint names.",
  },
  API_HOST_REFUSED: {
    consequence: 'terminal',
    meaning:
      'The Host header of a request to a loopback controller is not a name of this machine (DNS rebinding).',
    remedy: 'Use 127.0.0.1 or localhost, or start the controller with `--allow-host NAME`.',
  },
  API_METHOD_NOT_ALLOWED: {
    consequence: 'terminal',
    meaning: 'Status is read-only: changes are made in Git.',
    remedy: 'Edit the file that the detail names, commit and push it.',
  },
  API_BODY_TOO_LARGE: {
    consequence: 'terminal',
    meaning: 'The body of a request is larger than the route takes.',
    remedy: 'Send less; packages go through `tarsctl patch push`, which streams.',
  },
  API_REQUEST_TIMEOUT: {
    consequence: 'transient',
    meaning: 'A request was not sent completely within the time that its route allows.',
    remedy: 'Send it again over a better connection.',
  },
  API_RATE_LIMITED: {
    consequence: 'transient',
    meaning: 'One address sent more requests than the limit of a minute.',
    remedy: 'Wait as long as Retry-After says; use watch instead of polling.',
  },
  API_STREAMS_EXHAUSTED: {
    consequence: 'transient',
    meaning: 'The controller already serves as many streams (watch, logs) as it may.',
    remedy: 'Close a watch that is not used, or try again later.',
  },
  API_UNAVAILABLE: {
    consequence: 'transient',
    meaning: 'The controller cannot answer this yet, or what it would ask is not connected.',
    remedy: 'Try again; `/readyz` says what is missing.',
  },
  API_UNREACHABLE: {
    consequence: 'transient',
    meaning: 'No controller answers at the address that was asked.',
    remedy: 'Start one (`tarsctl dev`), or name another with `--server URL` or TARSIER_SERVER.',
  },
  API_ANSWER_INVALID: {
    consequence: 'terminal',
    meaning: 'Something answered at the address, and it is no Tarsier controller of this version.',
    remedy: 'Check the address that `--server` or TARSIER_SERVER names, and the versions.',
  },
  API_LISTEN_UNSAFE: {
    consequence: 'terminal',
    meaning: 'The controller was told to listen beyond this machine without TLS or without tokens.',
    remedy: 'Give `--tls-cert FILE --tls-key FILE`, or listen on 127.0.0.1.',
  },
  API_PORT_TAKEN: {
    consequence: 'terminal',
    meaning: 'Another process listens on the port of the controller.',
    remedy:
      'Stop that process, or choose another port: `tarsctl controller --listen HOST:PORT`, `tarsctl dev --port PORT`.',
  },
  API_TOKEN_UNSAFE: {
    consequence: 'terminal',
    meaning: 'A token file can be read by others, or does not hold a token.',
    remedy: 'Run `chmod 600` on the file, or delete it: a new one is made at the next start.',
  },
  PACKAGE_NAME_INVALID: {
    consequence: 'terminal',
    meaning: 'The name or version of a package has characters or a form that is not allowed.',
    remedy: 'Names look like `Shop.CartServer`, versions like `1.4.2` or `2026-05-01_build7`.',
  },
  PACKAGE_EXISTS: {
    consequence: 'terminal',
    meaning: 'This version of the package is in the patch store with other content.',
    remedy: 'Versions never change: push the new content under a new version.',
  },
  PACKAGE_NOT_FOUND: {
    consequence: 'terminal',
    meaning: 'The patch store has no such package, or not this version of it.',
    remedy: 'Push it with `tarsctl patch push`, or choose one that `tarsctl patch list` shows.',
  },
  PACKAGE_IN_USE: {
    consequence: 'terminal',
    meaning: 'A version that services run, or that is the default of its package, is not deleted.',
    remedy: 'Move the services to another version in Git first, or choose another default.',
  },
  PACKAGE_TOO_LARGE: {
    consequence: 'terminal',
    meaning: 'A package is larger than the limit, or than what is left of the quota.',
    remedy: 'Make it smaller, delete versions that nothing uses, or raise the limit.',
  },
  PACKAGE_DIGEST_MISMATCH: {
    consequence: 'transient',
    meaning: 'The bytes that arrived are not those that the SHA-256 digest promises.',
    remedy:
      'Try again. If it persists, the file changed meanwhile, or something alters it on the way.',
  },
  PACKAGE_UNREACHABLE: {
    consequence: 'transient',
    meaning: 'An agent cannot fetch a package from the controller.',
    remedy: 'It goes on by itself where it stopped; check the connection to the controller.',
  },
  PACKAGE_DIRECTORY_INVALID: {
    consequence: 'terminal',
    meaning:
      'A directory cannot be packed: it holds a link, a device, or a name that is not allowed.',
    remedy: 'Replace links by files; the message names the path.',
  },
  UPLOAD_NOT_FOUND: {
    consequence: 'terminal',
    meaning: 'There is no such upload: it was finished, given up, or lay still for too long.',
    remedy: 'Push again: what is there already is not sent twice.',
  },
  UPLOAD_OFFSET: {
    consequence: 'transient',
    meaning: 'A piece of an upload does not begin where the bytes that are there end.',
    remedy: 'Ask for the offset of the upload and go on from there; `tarsctl` does so by itself.',
  },
  UPLOAD_INCOMPLETE: {
    consequence: 'transient',
    meaning: 'An upload was to be finished before all of its bytes were there.',
    remedy: 'Send the rest first; `tarsctl patch push` goes on where it stopped.',
  },
  DISK_FULL: {
    consequence: 'transient',
    meaning: 'There is not enough free space for a package; nothing was changed.',
    remedy: 'Free space on the disk that the message names; it is tried again.',
  },
  ARCHIVE_DAMAGED: {
    consequence: 'terminal',
    meaning: 'A package is not a whole gzip-compressed tar archive.',
    remedy: 'Pack it again, with `tar -czf` or by giving `tarsctl patch push` the directory.',
  },
  ARCHIVE_EMPTY: {
    consequence: 'terminal',
    meaning: 'A package holds no file.',
    remedy: 'Check the build that made it.',
  },
  ARCHIVE_PATH_ESCAPES: {
    consequence: 'terminal',
    meaning: 'An entry of a package is absolute or has `..` in its path.',
    remedy: 'Pack with paths relative to the folder of the package (`tar -C folder -czf … .`).',
  },
  ARCHIVE_NAME_INVALID: {
    consequence: 'terminal',
    meaning: 'An entry of a package has a name that is not safe on every machine.',
    remedy: 'Rename it: no control characters, no backslash, valid UTF-8, 255 bytes for a name.',
  },
  ARCHIVE_ENTRY_TYPE: {
    consequence: 'terminal',
    meaning:
      'A package holds something else than files and directories, such as a link or a device.',
    remedy:
      'Give `tarsctl patch push` the directory, or pack with `tar --dereference --hard-dereference`.',
  },
  ARCHIVE_SPECIAL_BITS: {
    consequence: 'terminal',
    meaning: 'A file of a package has the setuid, setgid or sticky bit.',
    remedy: 'Clear it (`chmod u-s,g-s,-t`); a service gets its user from `run.user`.',
  },
  ARCHIVE_DUPLICATE_ENTRY: {
    consequence: 'terminal',
    meaning:
      'Two entries of a package have the same path, or paths that some systems take for the same.',
    remedy: 'Pack again from a clean folder, and rename files that differ in case alone.',
  },
  ARCHIVE_TOO_LARGE: {
    consequence: 'terminal',
    meaning: 'A package unpacks to more bytes than the limit.',
    remedy: 'Take out what the service does not need, or raise the limit.',
  },
  ARCHIVE_RATIO: {
    consequence: 'terminal',
    meaning: 'A package unpacks to so many times its size that it looks like a bomb.',
    remedy: 'Take out large files of equal bytes; the service can make them when it starts.',
  },
  ARCHIVE_TOO_MANY_ENTRIES: {
    consequence: 'terminal',
    meaning: 'A package has more files and directories than the limit.',
    remedy: 'Take out what the service does not need, or raise the limit.',
  },
  ARCHIVE_TOO_DEEP: {
    consequence: 'terminal',
    meaning: 'The folders of a package are nested deeper, or a path is longer, than the limit.',
    remedy: 'Make the tree flatter.',
  },
  SOURCE_URL_REFUSED: {
    consequence: 'terminal',
    meaning:
      'The repository is named in a way that is not allowed: an external transport, another scheme, or credentials in the URL.',
    remedy: 'Use a path, `file://`, `ssh://` or `https://` without a password.',
  },
  SOURCE_BRANCH_REFUSED: {
    consequence: 'terminal',
    meaning: 'The branch has a name that git does not allow.',
    remedy: 'Give the short name of a branch, such as `main`.',
  },
  SOURCE_PATH_REFUSED: {
    consequence: 'terminal',
    meaning: 'The sub-path leaves the repository or is not a plain path.',
    remedy: 'Name a folder relative to the root of the repository.',
  },
  SOURCE_GIT_MISSING: {
    consequence: 'terminal',
    meaning: 'The program `git` could not be started, or is older than 2.36.',
    remedy: 'Install git 2.36 or newer and see that it is found through `PATH`.',
  },
  SOURCE_GIT_FAILED: {
    consequence: 'transient',
    meaning: 'A git command failed for a reason that is not one of the known ones.',
    remedy: 'Read what git said; it is tried again with the next look.',
  },
  SOURCE_HOST_NOT_FOUND: {
    consequence: 'transient',
    meaning: 'The host name of the repository cannot be resolved.',
    remedy:
      "Check the URL and the name service of the controller's machine. What is in force stays.",
  },
  SOURCE_UNREACHABLE: {
    consequence: 'transient',
    meaning: "The repository's host refuses the connection or breaks it off.",
    remedy:
      'Check that the host is up and may be reached from the controller. What is in force stays.',
  },
  SOURCE_TIMEOUT: {
    consequence: 'transient',
    meaning: 'The repository did not answer in time.',
    remedy:
      'Check the network; for a very large first fetch, raise the time limit. What is in force stays.',
  },
  SOURCE_AUTH_FAILED: {
    consequence: 'transient',
    meaning: 'The repository refuses the credentials, or asks for some and there are none.',
    remedy: 'Check the token file or the SSH key, and that they may read this repository.',
  },
  SOURCE_HOST_KEY_UNKNOWN: {
    consequence: 'transient',
    meaning: 'The SSH host key is not known, or is not the known one.',
    remedy:
      "Compare the key with the one that the host's operator publishes, then add it to the known hosts file.",
  },
  SOURCE_TLS_UNTRUSTED: {
    consequence: 'transient',
    meaning: "The certificate of the repository's host is not trusted.",
    remedy: "Name the certificate authority's file in the source's settings.",
  },
  SOURCE_REDIRECTED: {
    consequence: 'terminal',
    meaning: 'The URL answers with a redirect; redirects are not followed.',
    remedy: 'Use the address that it redirects to, after checking it.',
  },
  SOURCE_NOT_A_REPOSITORY: {
    consequence: 'transient',
    meaning: 'There is no Git repository at the path or URL.',
    remedy: 'Check the path or URL.',
  },
  SOURCE_OWNER_DIFFERS: {
    consequence: 'terminal',
    meaning: 'A repository on this machine belongs to another user, whom git does not trust.',
    remedy:
      'Run the controller as the owner of the repository, or serve the repository over `ssh://` or `https://`.',
  },
  SOURCE_BRANCH_MISSING: {
    consequence: 'transient',
    meaning: 'The repository has no branch of this name.',
    remedy: 'Push the branch, or correct its name. What is in force stays.',
  },
  SOURCE_EMPTY: {
    consequence: 'transient',
    meaning: 'The repository has no commit yet.',
    remedy: 'Commit something and push it; `tarsctl init` writes a first version.',
  },
  SOURCE_PATH_MISSING: {
    consequence: 'transient',
    meaning: 'The sub-path is not a folder of the commit.',
    remedy: 'Correct the sub-path, or commit the folder. What is in force stays.',
  },
  SOURCE_REF_MISSING: {
    consequence: 'terminal',
    meaning: 'A local repository has no commit of this name.',
    remedy: 'Check the name; `git fetch` brings commits that are not here yet.',
  },
  SOURCE_PACK_TOO_LARGE: {
    consequence: 'transient',
    meaning: 'The repository sends more than the limit of one fetch.',
    remedy: 'Raise the limit if the repository is that large, or take large files out of it.',
  },
  SOURCE_DISK_FULL: {
    consequence: 'transient',
    meaning: 'The copy of the repository does not fit on the disk.',
    remedy: "Free space in the controller's data directory.",
  },
  SOURCE_OBJECTS_REFUSED: {
    consequence: 'transient',
    meaning: "Git's own check finds an object that no honest git writes, such as a path with `..`.",
    remedy:
      'Find the commit that brought it (`git fsck`) and remove it from the branch. What is in force stays.',
  },
  SOURCE_TREE_TOO_LARGE: {
    consequence: 'terminal',
    meaning: 'A commit has more files, or longer names in total, than can be taken over.',
    remedy: 'Name a sub-path that holds the fleet alone, or remove files. What is in force stays.',
  },
  SOURCE_BLOB_TOO_LARGE: {
    consequence: 'terminal',
    meaning: 'A file has more bytes than may be read.',
    remedy: 'Make it smaller; large content belongs into a package.',
  },
  SOURCE_MIRROR_DAMAGED: {
    consequence: 'transient',
    meaning: "The controller's own copy of the repository is damaged.",
    remedy: 'Nothing: it is removed and fetched anew.',
  },
  SOURCE_STOPPED: {
    consequence: 'transient',
    meaning: 'A look at the repository was stopped because the program ends.',
    remedy: 'Nothing.',
  },
  SOURCE_REWOUND: {
    consequence: 'terminal',
    meaning:
      'The branch was rewritten: its new head does not continue the commit that was taken over.',
    remedy:
      'Push the expected history again, merge it (`git merge -s ours`), or accept the new head with `tarsctl source accept`. What is in force stays until then.',
  },
  STALE_SOURCE: {
    consequence: 'transient',
    meaning: 'A commit was computed against a registry that has changed since.',
    remedy: 'Nothing: it is computed again.',
  },
  WEBHOOK_NOT_CONFIGURED: {
    consequence: 'terminal',
    meaning: 'A webhook came in, and the controller has no secret to check it with.',
    remedy: 'Start the controller with a webhook secret file.',
  },
  WEBHOOK_SIGNATURE_WRONG: {
    consequence: 'terminal',
    meaning: "A webhook has no signature, or one that was not made with the controller's secret.",
    remedy: 'Enter the same secret at the Git host and at the controller.',
  },
  WEBHOOK_PAYLOAD_UNREADABLE: {
    consequence: 'terminal',
    meaning: 'The body of a webhook is not the JSON of a known Git host.',
    remedy: 'Choose JSON as content type at the Git host.',
  },
  STALE_LEASE: {
    consequence: 'terminal',
    meaning: 'A controller acted with a lease that another controller has taken over.',
    remedy: 'Nothing: the controller that leads now does the work. Its log says who it is.',
  },
  STALE_SESSION: {
    consequence: 'transient',
    meaning: 'A report came from a session of an agent that a newer session has replaced.',
    remedy:
      'Nothing, unless it goes on: then two agents run for one node. See `tarsctl describe node`.',
  },
  NODE_UNKNOWN: {
    consequence: 'terminal',
    meaning: 'An agent connected for a node that no Node or NodeSet in Git describes.',
    remedy: 'Commit a file with that Node, or start the agent with the right `--node`.',
  },
  NODE_BUSY: {
    consequence: 'terminal',
    meaning: 'An agent connected for a node that another live agent already serves.',
    remedy: 'Stop one of the two agents, or give it a node name of its own.',
  },
  REPORT_FOREIGN_INSTANCE: {
    consequence: 'terminal',
    meaning: 'An agent reported an instance that belongs to another node.',
    remedy: 'See that the agent has the data directory of its own node, and no other.',
  },
  LINK_PROTOCOL_VERSION: {
    consequence: 'terminal',
    meaning: 'Agent and controller speak different versions of the link protocol.',
    remedy: 'Run the same version of Tarsier on both; upgrade the controller first.',
  },
  LINK_MESSAGE_INVALID: {
    consequence: 'terminal',
    meaning: 'A message between agent and controller does not have the agreed shape or size.',
    remedy: 'Run the same version of Tarsier on both; the message says which field is wrong.',
  },
  LINK_MESSAGE_TOO_LARGE: {
    consequence: 'terminal',
    meaning: 'The target of one instance does not fit into a message to its agent.',
    remedy: 'Move large configuration files into the package.',
  },
  LINK_REFUSED: {
    consequence: 'terminal',
    meaning: 'The controller answered the connection of an agent with an HTTP error.',
    remedy: 'Check the URL and the token of the agent.',
  },
  AGENT_OFFLINE: {
    consequence: 'transient',
    meaning: 'The question can only be answered by an agent, and that agent is not connected.',
    remedy: 'See that its machine and the agent are up: `tarsctl why` with the name of the node.',
  },
  INSTANCE_NOT_FOUND: {
    consequence: 'terminal',
    meaning: 'There is no instance of this name on the node.',
    remedy: '`tarsctl get instances` lists them.',
  },
  LOGS_BUSY: {
    consequence: 'transient',
    meaning: 'As many log streams as allowed are open on this node.',
    remedy: 'Close some of them, or read the files on the machine.',
  },
  LOGS_FAILED: {
    consequence: 'transient',
    meaning: 'The agent could not read the output of an instance.',
    remedy: 'The message says why; the files are in the log folder of the service.',
  },
  // Node agent: processes and state on disk.
  AGENT_LOCKED: {
    consequence: 'terminal',
    meaning: 'Another agent uses this data directory.',
    remedy: 'Stop the agent that the message names, or give this one its own directory.',
  },
  AGENT_MACRO_UNKNOWN: {
    consequence: 'terminal',
    meaning: 'A command, a file or the environment uses the port of a servant that does not exist.',
    remedy: 'Add the servant to the service, or correct the name.',
  },
  AGENT_PATH_ESCAPES: {
    consequence: 'terminal',
    meaning: 'A file would be written outside the folder of its instance.',
    remedy: 'Use a relative path without `..`; links in the folder are not followed.',
  },
  AGENT_USER_UNKNOWN: {
    consequence: 'terminal',
    meaning: 'The machine has no user of the name that `run.user` gives.',
    remedy: 'Create the user on the machine, or change `run.user`.',
  },
  AGENT_NOT_ROOT: {
    consequence: 'terminal',
    meaning: 'A service is to run as another user, which only an agent of root can do.',
    remedy: 'Run the agent as root or as that user, or remove `run.user`.',
  },
  AGENT_PORT_TAKEN: {
    consequence: 'transient',
    meaning: 'Another program listens on the port of a servant.',
    remedy: 'Stop the program that the message names, or give the servant another port.',
  },
  AGENT_PORTS_EXHAUSTED: {
    consequence: 'transient',
    meaning: 'Every port of the range of the node is taken.',
    remedy: 'Widen `portRange` of the Node, or free some ports.',
  },
  AGENT_START_UNKNOWN: {
    consequence: 'terminal',
    meaning: 'Nothing says how the service is started.',
    remedy: 'Set `run.start`, or give the package a file that its type can start.',
  },
  AGENT_RELEASE_UNKNOWN: {
    consequence: 'terminal',
    meaning: 'A target names a package, but not which stored content it is.',
    remedy: 'Push the package; the controller then sends the target again.',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof rows;

export const errorCodes: Readonly<Record<ErrorCode, ErrorRow>> = rows;
