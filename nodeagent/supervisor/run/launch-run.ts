/** Starts the shim of a run, detached: from here on the run does not need this process. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { once } from 'node:events';
import type { RunFolder } from './run-folder.ts';
import { runMarker } from './run-intent.ts';

const shimPath = fileURLToPath(new URL('../shim.sh', import.meta.url));
/** `ulimit -c` counts in blocks of this size. */
const CORE_BLOCK_BYTES = 512;

/**
 * Resolves once the shim is spawned; `output` may be closed then. Throws when the machine refuses a
 * new process; nothing was started then.
 */
export async function launchRun(run: RunFolder, output: number): Promise<void> {
  const { intent } = run;
  const { limits } = intent.target.content;
  const coreBlocks =
    limits.coreDumpBytes === undefined ? '' : Math.floor(limits.coreDumpBytes / CORE_BLOCK_BYTES);
  const child = spawn(
    '/bin/sh',
    [
      shimPath,
      run.path,
      intent.preStart ?? '',
      intent.start,
      intent.workFolder ?? intent.folder,
      String(limits.openFiles ?? ''),
      String(coreBlocks),
      String(intent.user?.uid ?? ''),
      String(intent.user?.gid ?? ''),
      intent.shimGroup ?? '',
      ...intent.groups,
    ],
    {
      cwd: '/',
      env: { ...intent.env, ...markerVariable(intent.runId) },
      detached: true,
      stdio: ['ignore', output, output],
    },
  );
  child.unref();
  await once(child, 'spawn');
}

function markerVariable(runId: string): Record<string, string> {
  const [name = '', value = ''] = runMarker(runId).split('=');
  return { [name]: value };
}
