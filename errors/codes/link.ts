/** Error codes between controllers and agents. */

import type { ErrorRow } from '../error-row.ts';

export const linkCodes = {
  STALE_SESSION: {
    consequence: 'transient',
    meaning:
      'A report came from a session, or a connection, of an agent that a newer one has replaced.',
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
    remedy:
      'Stop one of the two agents, or give it a node name of its own. An agent that was restarted and came to another controller is let in within seconds.',
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
  COMMAND_BUSY: {
    consequence: 'transient',
    meaning: 'An agent has as many commands to answer as it may.',
    remedy: 'Wait until some of them are answered.',
  },
  COMMAND_TIMEOUT: {
    consequence: 'transient',
    meaning: 'A running service did not answer a command in time.',
    remedy:
      'See what the service is doing (`tarsctl logs`), and repeat the command if that is safe.',
  },
  COMMAND_FAILED: {
    consequence: 'transient',
    meaning: 'The agent could not hand a command to the process of an instance.',
    remedy: 'The message says why; `tarsctl why` with the name of the instance says more.',
  },
} as const satisfies Record<string, ErrorRow>;
