/** `tarsctl dev`: one controller and an agent for each node in one process, for a laptop. */

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pino, type Logger } from 'pino';
import { locatorPortDefault } from '../../controller/locator/start-locator.ts';
import { startController, type Controller } from '../../controller/main.ts';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { styleFor } from '../style.ts';
import { untilStopped } from '../until-stopped.ts';
import { readVersion } from '../version.ts';
import { claimFolder } from './claim-folder.ts';
import { DevAgents } from './dev-agents.ts';
import { Narrator } from './narrator.ts';

export interface DevOptions {
  /** Working tree or bare repository. */
  readonly repository: string;
  readonly branch?: string;
  /** Folder of the repository that holds the objects. */
  readonly path?: string;
  readonly packagesDir?: string;
  readonly dataDir: string;
  readonly port: number;
  /** Only these nodes get an agent; all by default. */
  readonly nodes?: readonly string[];
  /** Leave the services running at the end. */
  readonly keep?: boolean;
  /** Stop as soon as everything runs. */
  readonly exitWhenReady?: boolean;
  /** Printed once everything runs. */
  readonly nextSteps?: (controller: Pick<Controller, 'url' | 'locatorPort'>) => string;
}

/** Of `tarsctl dev` and the examples. */
const defaultPort = 7400;

/** Runs until the user stops it. */
export async function runDev(options: DevOptions): Promise<void> {
  checkRepository(options.repository);
  const narrator = new Narrator(process.stdout, styleFor(process.stdout, process.env));
  claimFolder(options.dataDir, 'Choose another with --data.');
  const logger = openLog(options.dataDir);
  const stopped = untilStopped();
  narrator.doing(`starting a controller and the agents of ${resolve(options.repository)}`);
  const controller = await startController(controllerOptions(options, logger));
  const agents = new DevAgents({ controller, logger, ...options });
  try {
    narrator.done(`controller on ${controller.url}, data and logs in ${resolve(options.dataDir)}`);
    narrator.follow(controller);
    await agents.follow();
    const ready = await Promise.race([narrator.whenAllRun(controller), stopped]);
    if (ready === 'ready') {
      narrator.table(controller);
      if (options.nextSteps !== undefined) narrator.text(options.nextSteps(controller));
      if (options.exitWhenReady !== true) await stopped;
    }
  } finally {
    narrator.doing(options.keep === true ? 'leaving the services running' : 'stopping services');
    await agents.close({ stopServices: options.keep !== true });
    await controller.close();
    narrator.done('stopped');
  }
}

function checkRepository(repository: string): void {
  const isWorkTree = existsSync(join(repository, '.git'));
  const isBare = existsSync(join(repository, 'HEAD')) && existsSync(join(repository, 'objects'));
  if (isWorkTree || isBare) return;
  const what = existsSync(repository) ? 'is no Git repository' : 'does not exist';
  throw new TarsierError('USAGE', `${resolve(repository)} ${what}.`, {
    hint: `To start a new one: tarsctl init ${repository}`,
  });
}

/** Logs go to a file: the terminal is for people. */
function openLog(dataDir: string): Logger {
  return pino(
    { level: process.env['TARSIER_LOG_LEVEL'] ?? 'info' },
    pino.destination({ dest: join(dataDir, 'dev.log'), sync: true }),
  );
}

function controllerOptions(
  options: DevOptions,
  logger: Logger,
): Parameters<typeof startController>[0] {
  const { branch, path, packagesDir } = options;
  return {
    dataDir: join(options.dataDir, 'controller'),
    version: readVersion(),
    listen: { host: '127.0.0.1', port: options.port },
    source: {
      url: resolve(options.repository),
      ...(branch === undefined ? {} : { branch }),
      ...(path === undefined ? {} : { path }),
    },
    ...(packagesDir === undefined ? {} : { packagesDir: resolve(packagesDir) }),
    // Beside another one, and not in its way: a port of its own.
    locator: { host: '127.0.0.1', port: options.port === defaultPort ? locatorPortDefault : 0 },
    logger,
  };
}
