/** Error codes of the servants that an agent offers to the services next to it; they appear in its log. */

import type { ErrorRow } from '../error-row.ts';

export const servantsCodes = {
  SERVANT_PEER_REFUSED: {
    consequence: 'terminal',
    meaning:
      'A caller of another machine wanted more of an agent than to look up names; it was refused.',
    remedy: 'Run an agent on that machine, and let its services use that one.',
  },
  SERVANT_CONFIG_ELSEWHERE: {
    consequence: 'terminal',
    meaning:
      'Somebody asked for the configuration of a service that is not on this node, and got an empty file.',
    remedy: 'Ask on a node of that service; or see why the service has left this one.',
  },
  SERVANT_LOG_NAMELESS: {
    consequence: 'terminal',
    meaning: 'Log lines came without an application or a server, and were dropped.',
    remedy: 'Let the sender name both; the log line holds its address.',
  },
  SERVANT_REPORT_CUT: {
    consequence: 'terminal',
    meaning: 'One report of a service had more rows than are taken; the rest was dropped.',
    remedy: 'Let the service report more often, or less.',
  },
} as const satisfies Record<string, ErrorRow>;
