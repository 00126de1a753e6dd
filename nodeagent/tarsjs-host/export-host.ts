/** Puts the host where any service's Node can load it: as plain JavaScript, on the agent's disk. */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, extname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..', '..');
const suffix = extname(import.meta.filename);
const entry = join(import.meta.dirname, `host${suffix}`);

/**
 * Returns the path of the host's entry, for `node --import`. Safe to repeat: what is there is found by
 * the digest of the sources. A service of another user may read it.
 */
export function exportHost(dataDir: string): string {
  const sources = collectSources();
  const digest = createHash('sha256');
  for (const [path, text] of sources) digest.update(path).update('\0').update(text).update('\0');
  const folder = join(dataDir, 'tarsjs-host', digest.digest('hex').slice(0, 16));
  const exported = join(folder, exportedName(entry));
  if (existsSync(exported)) return exported;
  const draft = `${folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  for (const [path, text] of sources) {
    const target = join(draft, exportedName(path));
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
    writeFileSync(target, suffix === '.ts' ? withoutTypes(text) : text, { mode: 0o644 });
  }
  writeFileSync(join(draft, 'package.json'), '{"type":"module"}\n', { mode: 0o644 });
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
  return exported;
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
  return stripTypeScriptTypes(text).replaceAll(/(from\s+'\.[^']+)\.ts';/g, "$1.js';");
}
