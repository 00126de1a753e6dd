#!/usr/bin/env node
// Starts tarsctl on Node 24 or newer, whatever Node the machine has: TypeScript sources run directly.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const oldestMajor = 24;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'cli', 'main.ts');
// Node does not strip types below node_modules, so an installed package runs its build.
const entry = existsSync(source) ? source : join(root, 'dist', 'cli', 'main.js');

function bundledNode() {
  const require = nodeModule.createRequire(import.meta.url);
  try {
    const manifest = require.resolve(`node-${process.platform}-${process.arch}/package.json`);
    return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    return undefined;
  }
}

function runOn(node) {
  const self = fileURLToPath(import.meta.url);
  const child = spawn(node, [self, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('exit', (code, signal) => {
    process.removeAllListeners();
    if (signal) process.kill(process.pid, signal);
    else process.exit(code ?? 1);
  });
}

if (Number(process.versions.node.split('.')[0]) >= oldestMajor) {
  // node:sqlite still announces itself as experimental; that is no news for people who run a command.
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.message}\n`);
  });
  // Compiled sources are kept, which spares an agent 30 MB and every command 100 ms. In the user's own
  // folder: whoever can write there can run code. Where it cannot be written, nothing is kept.
  nodeModule.enableCompileCache(
    join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tarsier'),
  );
  const { main } = await import(pathToFileURL(entry).href);
  await main(process.argv);
} else {
  const node = bundledNode();
  if (node === undefined) {
    process.stderr.write(
      `tarsctl needs Node ${oldestMajor} or newer; this is Node ${process.versions.node}. ` +
        `Install Node ${oldestMajor}, or on Linux run "npm install" in ${root}, which brings it.\n`,
    );
    process.exit(1);
  }
  runOn(node);
}
