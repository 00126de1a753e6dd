/**
 * Keeps the configuration of a server in a folder that is named by its content. So the command line
 * of a running server tells whether it still runs with what is asked for now.
 */

import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { renderServerConfig, type TlsFiles } from './server-config.ts';
import type { ServerSettings } from './server-settings.ts';

const prefix = 'generation-';
const names: TlsFiles = { ca: 'ca.pem', cert: 'cert.pem', key: 'key.pem' };

export interface Generation {
  readonly folder: string;
  readonly configFile: string;
}

/** Safe to repeat: the folder is there whole or not at all. `version`: a newer program is a change too. */
export async function writeGeneration(
  engineFolder: string,
  settings: ServerSettings,
  version: string,
): Promise<Generation> {
  const digest = createHash('sha256')
    .update(JSON.stringify([version, renderServerConfig(settings, names), settings.tls]))
    .digest('hex');
  const folder = join(engineFolder, `${prefix}${digest.slice(0, 24)}`);
  const generation = { folder, configFile: join(folder, 'nats-server.conf') };
  if (await exists(generation.configFile)) return generation;
  const draft = join(engineFolder, `draft-${randomBytes(6).toString('hex')}`);
  await mkdir(draft, { mode: 0o700 });
  const files = {
    ca: join(folder, names.ca),
    cert: join(folder, names.cert),
    key: join(folder, names.key),
  };
  await writeSynced(join(draft, names.ca), settings.tls.ca);
  await writeSynced(join(draft, names.cert), settings.tls.cert);
  await writeSynced(join(draft, names.key), settings.tls.key);
  await writeSynced(join(draft, 'nats-server.conf'), renderServerConfig(settings, files));
  await rm(folder, { recursive: true, force: true });
  await rename(draft, folder);
  return generation;
}

/** Removes configurations that nothing runs with any more, and drafts of a start that broke off. */
export async function removeOtherGenerations(
  engineFolder: string,
  { folder: kept }: Generation,
): Promise<void> {
  for (const name of await readdir(engineFolder)) {
    const folder = join(engineFolder, name);
    const isOld = name.startsWith(prefix) || name.startsWith('draft-');
    if (isOld && folder !== kept) await rm(folder, { recursive: true, force: true });
  }
}

async function writeSynced(file: string, content: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
