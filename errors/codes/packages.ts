/** Error codes of packages: their names, uploads and archives. */

import type { ErrorRow } from '../error-row.ts';

export const packagesCodes = {
  PACKAGE_FORMAT: {
    consequence: 'terminal',
    meaning: 'What was uploaded is an archive of another format.',
    remedy: 'Upload a gzipped tar archive (`tar czf`), or a jar whose name ends in `.jar`.',
  },
  PUBLISH_IMPOSSIBLE: {
    consequence: 'terminal',
    meaning:
      'An uploaded package was stored, and the file of its Service could not be changed to release it.',
    remedy:
      'Set `release.version` of the Service in Git by hand; the message says what is in the way.',
  },
  PUBLISH_REFUSED: {
    consequence: 'transient',
    meaning:
      'An uploaded package was stored, and the repository did not take the commit that releases it.',
    remedy:
      'Give the controller the right to push to this branch, let it push branches for pull requests instead (`--publish branch`), or commit by hand. A working tree takes pushes only with `git config receive.denyCurrentBranch updateInstead`.',
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
} as const satisfies Record<string, ErrorRow>;
