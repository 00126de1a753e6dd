/** Keeps the port of the servants open: a port that is taken is no reason to leave services alone. */

import type { Logger } from 'pino';
import { startServants, type Servants, type ServantsOptions } from './start-servants.ts';

const AGAIN_AFTER_MS = 2000;

export interface KeptServants {
  readonly isOpen: boolean;
  close(): Promise<void>;
}

/** Resolves after the first attempt; then it is tried until it works. */
export async function keepServants(options: ServantsOptions): Promise<KeptServants> {
  let servants: Servants | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  let wasTold = false;
  let opening: Promise<void> = Promise.resolve();
  const open = async (): Promise<void> => {
    try {
      servants = await startServants(options);
      if (wasTold) options.log.info({ port: servants.port }, 'servants are open');
    } catch (error) {
      if (!wasTold) tell(options, error);
      wasTold = true;
      if (!isClosed) {
        timer = setTimeout(() => {
          opening = open();
        }, AGAIN_AFTER_MS);
      }
    }
  };
  await open();
  return {
    get isOpen() {
      return servants !== undefined;
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await opening;
      clearTimeout(timer);
      await servants?.close();
    },
  };
}

function tell(
  { host, port, log }: ServantsOptions & { readonly log: Logger },
  error: unknown,
): void {
  log.error(
    { err: error, host, port, code: 'AGENT_SERVANTS_CLOSED' },
    'servants are not open: TARS services find nothing until the port is free',
  );
}
