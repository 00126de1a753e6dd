/** A release carries its libraries: copies what its package.json asks for, and what that asks for. */

import { cpSync, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** From `ownLibraries` where it has them, else from what this project has installed. */
export function addLibraries(folder: string, ownLibraries: string): void {
  const pending = dependenciesOf(join(folder, 'package.json')).map((name) => ({
    name,
    from: import.meta.dirname,
  }));
  const done = new Set<string>();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (done.has(next.name)) continue;
    done.add(next.name);
    const own = join(ownLibraries, next.name);
    const source = existsSync(own) ? own : findPackage(next.name, next.from);
    cpSync(source, join(folder, 'node_modules', next.name), {
      recursive: true,
      filter: (path) =>
        !/\/(coverage|docs|examples|test|sample)(\/|$)/.test(path.slice(source.length)),
    });
    for (const name of dependenciesOf(join(source, 'package.json'))) {
      pending.push({ name, from: source });
    }
  }
}

function dependenciesOf(manifest: string): string[] {
  const { dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  return Object.keys(dependencies);
}

function findPackage(name: string, from: string): string {
  const paths = createRequire(join(from, 'index.js')).resolve.paths(name) ?? [];
  const found = paths.map((path) => join(path, name)).find((path) => existsSync(path));
  if (found === undefined)
    throw new Error(`The library ${name} is not installed. Run: npm install`);
  return found;
}
