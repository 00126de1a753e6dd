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
  API_LISTEN_UNSAFE: {
    consequence: 'terminal',
    meaning: 'The controller was told to listen beyond this machine without TLS or without tokens.',
    remedy: 'Give `--tls-cert FILE --tls-key FILE`, or listen on 127.0.0.1.',
  },
  API_PORT_TAKEN: {
    consequence: 'terminal',
    meaning: 'Another process listens on the port of the controller.',
    remedy: 'Stop that process, or choose another port with `--listen HOST:PORT`.',
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
    remedy: 'Try again. If it persists, the file changed meanwhile, or something alters it on the way.',
  },
  PACKAGE_UNREACHABLE: {
    consequence: 'transient',
    meaning: 'An agent cannot fetch a package from the controller.',
    remedy: 'It goes on by itself where it stopped; check the connection to the controller.',
  },
  PACKAGE_DIRECTORY_INVALID: {
    consequence: 'terminal',
    meaning: 'A directory cannot be packed: it holds a link, a device, or a name that is not allowed.',
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
    meaning: 'A package holds something else than files and directories, such as a link or a device.',
    remedy: 'Give `tarsctl patch push` the directory, or pack with `tar --dereference --hard-dereference`.',
  },
  ARCHIVE_SPECIAL_BITS: {
    consequence: 'terminal',
    meaning: 'A file of a package has the setuid, setgid or sticky bit.',
    remedy: 'Clear it (`chmod u-s,g-s,-t`); a service gets its user from `run.user`.',
  },
  ARCHIVE_DUPLICATE_ENTRY: {
    consequence: 'terminal',
    meaning: 'Two entries of a package have the same path, or paths that some systems take for the same.',
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
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof rows;

export const errorCodes: Readonly<Record<ErrorCode, ErrorRow>> = rows;
