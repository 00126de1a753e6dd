/** Error codes of the node agent: processes and state on disk. */

import type { ErrorRow } from '../error-row.ts';

export const agentCodes = {
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
    consequence: 'transient',
    meaning: 'The machine has no user of the name that `run.user` gives.',
    remedy: 'Create the user on the machine, or change `run.user`.',
  },
  AGENT_NOT_ROOT: {
    consequence: 'terminal',
    meaning: 'A service is to run as another user, which only an agent of root can do.',
    remedy: 'Run the agent as root or as that user, or remove `run.user`.',
  },
  AGENT_SERVANTS_CLOSED: {
    consequence: 'transient',
    meaning:
      'An agent cannot open the port at which TARS services find the framework; it tries again by itself.',
    remedy:
      'Free the port, or give the agent another one with `--servants HOST:PORT`, or `HOST:auto`; two agents of one machine need two ports.',
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
  AGENT_SECRET_KEY_MISSING: {
    consequence: 'transient',
    meaning: 'A service needs a secret, and this machine has no key to open it with.',
    remedy:
      'Make a key with `tarsctl secret keygen`, and encrypt the secret for its public half; or put the right key into the file that the message names.',
  },
  AGENT_SECRET_UNREADABLE: {
    consequence: 'transient',
    meaning: 'A secret is damaged, or it was not encrypted for this machine.',
    remedy:
      'Encrypt it again with `tarsctl secret encrypt`, with the public key of this machine among the recipients.',
  },
  AGENT_SECRET_UNFIT: {
    consequence: 'terminal',
    meaning: 'An access key or a secret key holds characters that TARS libraries read differently.',
    remedy:
      'Choose a key of printable characters, without blanks, `#` and backslashes, and without `>` at its end.',
  },
  AGENT_RELEASE_UNKNOWN: {
    consequence: 'terminal',
    meaning: 'A target names a package, but not which stored content it is.',
    remedy: 'Push the package; the controller then sends the target again.',
  },
} as const satisfies Record<string, ErrorRow>;
