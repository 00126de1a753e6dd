/** Packages of the services in `test/conformance/`, as a build would leave them in a folder. */

import { chmodSync, copyFileSync, cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { addLibraries } from '../../../cluster-examples/add-libraries.ts';

const sources = join(import.meta.dirname, '..', '..', 'conformance', 'js-service');
const ownLibraries = join(
  import.meta.dirname,
  '..',
  '..',
  '..',
  'cluster-examples',
  'tars',
  'libraries',
);

/** What the service does: answers prices, or asks for them. */
export type JavaScriptService = 'server' | 'caller';

/** Under `<packages>/<name>/<version>`, with its `node_modules`. */
export function addJavaScriptPackage(
  packages: string,
  name: string,
  versions: readonly string[],
  source: JavaScriptService,
): void {
  for (const version of versions) {
    const folder = join(packages, name, version);
    cpSync(join(sources, source), folder, { recursive: true });
    addLibraries(folder, ownLibraries);
  }
}

/** `program` becomes the executable that is named like the server. */
export function addGoPackage(packages: string, name: string, program: string): void {
  const folder = join(packages, name, '1.0.0');
  mkdirSync(folder, { recursive: true });
  const executable = join(folder, name.slice(name.indexOf('.') + 1));
  copyFileSync(program, executable);
  chmodSync(executable, 0o755);
}

/** `program`: where its `WEB-INF` is. */
export function addJavaPackage(packages: string, name: string, program: string): void {
  const folder = join(packages, name, '1.0.0');
  cpSync(join(program, 'WEB-INF'), join(folder, 'WEB-INF'), { recursive: true });
}
