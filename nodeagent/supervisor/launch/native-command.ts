/** Starts a program of C++, Go or Python: `<exe> --config=<conf>`. */

import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import { splitService } from '../../tars-config/section-parts.ts';
import type { Launch, LaunchSource } from './launch.ts';
import { execLine } from './quote.ts';

export function nativeCommand(source: LaunchSource): Launch {
  const { content, bin, conf, keys } = source;
  const named = keys.get('exe');
  const exe = named === undefined ? findExecutable(bin, content.service) : resolve(bin, named);
  if (exe === undefined || !isExecutable(exe)) {
    const [, server] = splitService(content.service);
    const wanted = named ?? `${server}, and none whose name contains Server`;
    throw new TarsierError(
      'AGENT_START_UNKNOWN',
      `Cannot start ${content.service}: its package has no executable file ${wanted} in ${bin}. Build the package with it (and keep its mode), name it with the template key "exe", or set run.start.`,
    );
  }
  return {
    command: execLine([exe, `--config=${conf}`]),
    beats: 'library',
    admin: true,
    stopSignal: 'SIGTERM',
  };
}

/** The one that is called like the server, else the first one that is called a server at all. */
export function findExecutable(bin: string, service: string): string | undefined {
  const [, server] = splitService(service);
  const own = join(bin, server);
  if (isExecutable(own)) return own;
  const name = namesIn(bin).find(
    (one) => /server/i.test(one) && !one.endsWith('.sh') && isExecutable(join(bin, one)),
  );
  return name === undefined ? undefined : join(bin, name);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true && (stat.mode & 0o111) !== 0;
}
