/** Opens the log and the blobs that a process of the service stands on. */

import { join } from 'node:path';
import { openEmbeddedBlobs, openEmbeddedLog, type Blobs, type Log } from '../../replica/main.ts';

export interface Engine {
  readonly log: Log;
  /** Where snapshots go. */
  readonly blobs: Blobs;
}

/** One entry for each engine: the service above does not know which one it runs on. */
const engines = {
  /** Everything in one directory of this machine, for one process. */
  async embedded(directory: string): Promise<Engine> {
    const log = await openEmbeddedLog({ directory: join(directory, 'log') });
    return { log, blobs: await openEmbeddedBlobs({ directory: join(directory, 'blobs') }) };
  },
};

export type EngineName = keyof typeof engines;

export function isEngineName(name: string): name is EngineName {
  return Object.hasOwn(engines, name);
}

export const engineNames = Object.keys(engines);

export function openEngine(name: EngineName, directory: string): Promise<Engine> {
  return engines[name](directory);
}
