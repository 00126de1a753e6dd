/** Builds a Java service of `test/conformance/` into a temporary folder; Maven keeps what it fetched. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const mavenMsMax = 180_000;

/** As Maven and its compiler say that something is not to be had here. */
const missing =
  /could not be resolved|could not resolve|could not transfer|No compiler is provided/i;

export interface JavaProgram {
  /** The web application, unpacked: `WEB-INF` is in it. */
  readonly folder: string;
  remove(): void;
}

/** `undefined` when there is no JDK or Maven, or the libraries cannot be had. `source`: its folder. */
export function buildJavaProgram(source: string): JavaProgram | undefined {
  if (spawnSync('javac', ['-version']).status !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'tarsier-java-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const built = spawnSync(
    'mvn',
    ['--batch-mode', '--quiet', '--file', join(source, 'pom.xml'), `-Dfolder=${folder}`, 'compile'],
    { encoding: 'utf8', timeout: mavenMsMax },
  );
  if (built.status === 0) return { folder, remove };
  remove();
  if (built.error !== undefined || missing.test(built.stdout)) return undefined;
  // A program that does not build is a failure; a machine without libraries is not.
  throw new Error(`mvn failed: ${built.stdout}`);
}
