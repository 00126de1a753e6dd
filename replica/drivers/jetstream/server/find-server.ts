/** Finds the `nats-server` of this machine and asks it for its version. */

import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { TarsierError } from '../../../../errors/tarsier-error.ts';
import { parseServerVersion, refuseOldServer, serverVersionMin } from './server-version.ts';

const run = promisify(execFile);
const answerMsMax = 10_000;

export interface FoundServer {
  /** Absolute. */
  readonly path: string;
  readonly version: string;
}

/** `binary`: a file, instead of looking on PATH. `ENGINE_MISSING`, `ENGINE_TOO_OLD`. */
export async function findServer(
  binary: string | undefined,
  searchPath = process.env['PATH'] ?? '',
): Promise<FoundServer> {
  const path = binary === undefined ? searchServer(searchPath) : resolve(binary);
  if (path === undefined) throw missing('There is no nats-server on PATH');
  const version = await askVersion(path);
  refuseOldServer(version, path);
  return { path, version };
}

function searchServer(searchPath: string): string | undefined {
  return searchPath
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, 'nats-server'))
    .find((file) => isProgram(file));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

async function askVersion(path: string): Promise<string> {
  if (!isProgram(path)) throw missing(`${path} is not a program`);
  let printed: string;
  try {
    printed = (await run(path, ['--version'], { timeout: answerMsMax })).stdout;
  } catch (cause) {
    throw missing(`${path} does not say its version`, cause);
  }
  const version = parseServerVersion(printed);
  if (version === undefined) throw missing(`${path} does not answer as a nats-server does`);
  return version;
}

function missing(what: string, cause?: unknown): TarsierError {
  return new TarsierError('ENGINE_MISSING', `Cannot run the engine: ${what}.`, {
    hint: `Install nats-server ${serverVersionMin} or newer from your package manager or its releases, or name the file with --nats-server FILE.`,
    cause,
  });
}
