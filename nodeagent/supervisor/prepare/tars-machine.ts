/** What this machine offers to TARS services, as the supervisor knows it at this moment. */

import type { SupervisorContext } from '../context.ts';
import type { TarsMachine } from './prepare-tars.ts';

export function tarsMachine(context: SupervisorContext): TarsMachine {
  return {
    nodeBinary: context.nodeBinary,
    nodeAgentPath: context.nodeAgentPath,
    nodeHost: context.nodeHost,
    servantsAddress: context.servantsAddress(),
    beatTimeoutMsLeast: context.beatTimeoutMsLeast,
  };
}
