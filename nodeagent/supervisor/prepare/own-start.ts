/** The command line of a service that is no TARS service: its own. */

import { TarsierError } from '../../../errors/tarsier-error.ts';
import type { InstanceRevision } from '../../../spec/desired-state.ts';

export function ownStart(content: InstanceRevision): string {
  if (content.start !== undefined) return content.start;
  throw new TarsierError(
    'AGENT_START_UNKNOWN',
    `Cannot start ${content.service}: run.start is not set, and a service of type ${content.type} has no start of its own. Set run.start.`,
  );
}
