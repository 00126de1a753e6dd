/** Runs an example on this machine: makes its Git repository in a temporary place, and says what to try next. */

import { existsSync, readdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultServerUrl } from '../cli/context.ts';
import { claimFolder } from '../cli/dev/claim-folder.ts';
import { runDev } from '../cli/dev/run-dev.ts';
import { isTarsierError, TarsierError } from '../errors/tarsier-error.ts';
import { lockDataDir } from '../nodeagent/state/data-lock.ts';
import { assembleExample, removeExample, type Example, type ExampleFolders } from './assemble.ts';

export interface RunningController {
  readonly url: string;
  /** Where callers without an agent look up names. */
  readonly locatorPort: number | undefined;
}

export interface RunnableExample extends Example {
  /** The command that starts it, as people type it. */
  readonly command: string;
  /** `tarsctl` is the command line that reaches the controller at `url`. */
  nextSteps(folders: ExampleFolders, running: RunningController, tarsctl: string): string;
}

export async function runExample(example: RunnableExample): Promise<void> {
  try {
    const values = readOptions(example);
    const folder =
      values.folder ?? join(tmpdir(), `tarsier-${example.name}-${userInfo().username}`);
    claimFolder(folder, `Choose another: ${example.command} -- --folder FOLDER`);
    if (values.fresh) {
      refuseWhileRunning(example, folder);
      removeExample(folder);
    }
    const folders = await assembleExample(example, folder);
    console.log(`${folders.isNew ? 'Made' : 'Found'} a Git repository: ${folders.repository}`);
    if (!folders.isNew) {
      console.log(`(kept with your edits; start over with: ${example.command} -- --fresh)`);
    }
    await runDev({
      repository: folders.repository,
      packagesDir: folders.packages,
      dataDir: folders.data,
      port: values.port,
      exitWhenReady: values.once,
      nextSteps(running) {
        const { url } = running;
        const tarsctl = url === defaultServerUrl ? 'npx tarsctl' : `npx tarsctl -s ${url}`;
        return example.nextSteps(folders, running, tarsctl);
      },
    });
  } catch (error) {
    if (!isTarsierError(error)) throw error;
    console.error(`error[${error.code}]: ${error.message}\n  ${error.hint ?? ''}`.trimEnd());
    process.exitCode = 1;
  }
}

function readOptions({ command }: RunnableExample) {
  const usage = `Options: ${command} -- [--fresh] [--folder FOLDER] [--port PORT] [--once]`;
  try {
    const { values } = parseArgs({
      options: {
        fresh: { type: 'boolean', default: false },
        folder: { type: 'string' },
        port: { type: 'string', default: '7400' },
        once: { type: 'boolean', default: false },
      },
    });
    const port = Number(values.port);
    if (/^\d+$/.test(values.port) && port <= 65_535) return { ...values, port };
    throw new TarsierError('USAGE', `${values.port} is no port.`, { hint: usage });
  } catch (error) {
    if (isTarsierError(error)) throw error;
    throw new TarsierError('USAGE', (error as Error).message, { hint: usage, cause: error });
  }
}

/** Files that are taken away under a running fleet leave services that nobody can stop. */
function refuseWhileRunning({ command }: RunnableExample, path: string): void {
  const nodes = join(path, 'data', 'nodes');
  for (const node of existsSync(nodes) ? readdirSync(nodes) : []) {
    try {
      lockDataDir(join(nodes, node)).release();
    } catch (cause) {
      throw new TarsierError('USAGE', `This example is running in ${path}.`, {
        hint: `Stop it with Ctrl-C first, or start another one beside it: ${command} -- --folder FOLDER --port 0`,
        cause,
      });
    }
  }
}
