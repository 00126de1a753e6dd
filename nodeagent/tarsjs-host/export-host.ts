/** Puts the host where any service's Node can load it: as plain JavaScript, on the agent's disk. */

import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, extname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..', '..');
const suffix = extname(import.meta.filename);
const entry = join(import.meta.dirname, `host${suffix}`);
const manifest = 'package.json';
/** Holds the digest of all other files: what somebody took or changed is noticed before a service starts on it. */
const seal = 'sha256';

/**
 * Returns the path of the host's entry, for `node --import`. Safe to repeat: what is there is found by
 * the digest of the sources. A service of another user may read it.
 */
export function exportHost(dataDir: string, bootId: string): string {
  const sources = collectSources();
  // Made anew after each boot: what a power loss left of it is never believed.
  const digest = createHash('sha256').update(bootId);
  for (const [path, text] of sources) digest.update(path).update('\0').update(text).update('\0');
  const home = join(dataDir, 'tarsjs-host');
  const folder = join(home, digest.digest('hex').slice(0, 16));
  const exported = join(folder, exportedName(entry));
  const names = [...[...sources.keys()].map(exportedName), manifest];
  if (isWhole(folder, names)) return exported;
  // Programs that run have loaded theirs.
  rmSync(home, { recursive: true, force: true });
  const draft = `${folder}.new`;
  for (const [path, text] of sources) {
    const target = join(draft, exportedName(path));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, suffix === '.ts' ? withoutTypes(text) : text);
  }
  writeFileSync(join(draft, manifest), '{"type":"module"}\n');
  writeFileSync(join(draft, seal), digestOf(draft, names));
  letOthersRead(home);
  renameSync(draft, folder);
  return exported;
}

function isWhole(folder: string, names: readonly string[]): boolean {
  try {
    return readFileSync(join(folder, seal), 'utf8') === digestOf(folder, names);
  } catch {
    return false;
  }
}

function digestOf(folder: string, names: readonly string[]): string {
  const digest = createHash('sha256');
  for (const name of names) digest.update(readFileSync(join(folder, name))).update('\0');
  return digest.digest('hex');
}

/** Whatever the umask of the agent is. */
function letOthersRead(folder: string): void {
  chmodSync(folder, 0o755);
  for (const found of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    chmodSync(join(found.parentPath, found.name), found.isDirectory() ? 0o755 : 0o644);
  }
}

function exportedName(path: string): string {
  return `${relative(root, path).slice(0, -suffix.length)}.js`;
}

const importPattern = /^(?:import|export)\s(?!type\s)[^;]*?from\s+'(\.[^']+)';/gms;

/** The entry and everything that it imports at run time, sorted by path. */
function collectSources(): ReadonlyMap<string, string> {
  const sources = new Map<string, string>();
  const pending = [entry];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (sources.has(path)) continue;
    const text = readFileSync(path, 'utf8');
    sources.set(path, text);
    for (const [, specifier = ''] of text.matchAll(importPattern)) {
      pending.push(resolve(dirname(path), specifier));
    }
  }
  return new Map([...sources].toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

function withoutTypes(text: string): string {
  return quietly(() => stripTypeScriptTypes(text)).replaceAll(
    /(from\s+'\.[^']+)\.ts';/g,
    "$1.js';",
  );
}

/** Node announces that its own way of running these very sources is experimental. */
function quietly<Value>(work: () => Value): Value {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}
