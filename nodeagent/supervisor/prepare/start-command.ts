/** The command line that starts a service: its own, or what its type and package ask for. */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import type { InstanceRevision } from '../../../spec/desired-state.ts';

/** What a package without a usable `main` is tried with (tars-contract §4.6). */
const usualEntries = ['server.js', 'app.js', 'start.js', 'index.js'];

/** `nodeBinary` runs a Tars.js service whose package brings no Node of its own. */
export function startCommand(
  content: InstanceRevision,
  releaseFolder: string,
  nodeBinary: string,
): string {
  if (content.start !== undefined) return content.start;
  if (content.type === 'tars-nodejs') {
    const own = join(releaseFolder, 'tars_nodejs', 'node');
    const node = existsSync(own) ? own : nodeBinary;
    return `exec ${quote(node)} ${quote(findEntry(content, releaseFolder))}`;
  }
  throw new TarsierError(
    'AGENT_START_UNKNOWN',
    `Cannot start ${content.service}: run.start is not set, and a service of type ${content.type} has no start of its own. Set run.start.`,
  );
}

function findEntry(content: InstanceRevision, releaseFolder: string): string {
  const manifest = readManifest(releaseFolder);
  const named = [manifest.nodeAgent?.main, manifest.main].filter((entry) => entry !== undefined);
  for (const entry of [...named, ...usualEntries]) {
    const path = resolve(releaseFolder, entry);
    const inside = !relative(releaseFolder, path).startsWith('..');
    const file = inside && [path, `${path}.js`, join(path, 'index.js')].find((one) => isFile(one));
    if (file) return file;
  }
  throw new TarsierError(
    'AGENT_START_UNKNOWN',
    `Cannot start ${content.service}: its package has none of ${[...named, ...usualEntries].join(', ')}. Name the entry in "main" of its package.json, or set run.start.`,
  );
}

interface Manifest {
  readonly main?: string;
  readonly nodeAgent?: { readonly main?: string };
}

function readManifest(releaseFolder: string): Manifest {
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(releaseFolder, 'package.json'), 'utf8'));
    if (typeof parsed !== 'object' || parsed === null) return {};
    const { main, nodeAgent } = parsed as { main?: unknown; nodeAgent?: { main?: unknown } | null };
    const agentMain = nodeAgent?.main;
    return {
      ...(typeof main === 'string' ? { main } : {}),
      ...(typeof agentMain === 'string' ? { nodeAgent: { main: agentMain } } : {}),
    };
  } catch {
    return {};
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** For `/bin/sh`. */
function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
