/** The log that is appended to while blobs are stored: by the name of its engine. */

import type { Log } from '../../replica/core/log.ts';
import { openEmbeddedLog } from '../../replica/drivers/embedded/embedded-log.ts';

const engines: Readonly<Record<string, (directory: string) => Promise<Log>>> = {
  embedded: (directory) => openEmbeddedLog({ directory }),
};

export async function openBenchLog(engine: string, directory: string): Promise<Log> {
  const open = engines[engine];
  if (open !== undefined) return open(directory);
  throw new Error(`There is no engine ${engine}; there is ${Object.keys(engines).join(', ')}.`);
}
