/**
 * Starts a Tars.js service: under the node-agent that its package or the machine brings, else with
 * our host in its process; plainly where its own Node may be too old for that.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import { findAppFolder, findEntry } from './app-folder.ts';
import type { Launch, LaunchSource } from './launch.ts';
import { execLine } from './quote.ts';

export function nodejsCommand(source: LaunchSource): Launch {
  const folder = findAppFolder(source.bin);
  const { path: entry, tried } = findEntry(folder);
  if (entry === undefined) {
    throw new TarsierError(
      'AGENT_START_UNKNOWN',
      `Cannot start ${source.content.service}: its package has none of ${tried.join(', ')}. Name the entry in "main" of its package.json, or set run.start.`,
    );
  }
  const node = findNode(source);
  const agent = findNodeAgent(source, folder);
  if (agent === undefined) {
    // Keeps its own folder as its place, as a worker of node-agent has it.
    const host = node === source.nodeBinary ? source.nodeHost?.() : undefined;
    const has = host !== undefined;
    const words = has ? [node, '--import', pathToFileURL(host).href, entry] : [node, entry];
    const beats = has ? 'host' : 'none';
    return { command: execLine(words), folder, beats, admin: has, stopSignal: 'SIGINT' };
  }
  return {
    command: execLine([node, agent, folder, '-c', source.conf]),
    beats: 'library',
    admin: true,
    // SIGTERM ends the master at once, and leaves its workers alone.
    stopSignal: 'SIGINT',
  };
}

function findNode({ bin, keys, nodeBinary }: LaunchSource): string {
  const bundled = join(bin, 'tars_nodejs', 'node');
  if (existsSync(bundled)) return bundled;
  const named = keys.get('nodejs');
  return named === undefined || named === 'node' ? nodeBinary : named;
}

function findNodeAgent(source: LaunchSource, appFolder: string): string | undefined {
  const { bin, nodeAgentPath } = source;
  const folders = [
    join(bin, 'tars_nodejs', 'node-agent'),
    join(appFolder, 'node_modules', '@tars', 'node-agent'),
    join(bin, 'node_modules', '@tars', 'node-agent'),
    ...(nodeAgentPath === undefined ? [] : [nodeAgentPath]),
  ];
  return folders
    .map((folder) => join(folder, 'bin', 'node-agent'))
    .find((script) => existsSync(script));
}
