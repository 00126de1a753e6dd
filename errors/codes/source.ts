/** Error codes of the Git source and its webhooks. */

import type { ErrorRow } from '../error-row.ts';

export const sourceCodes = {
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
} as const satisfies Record<string, ErrorRow>;
