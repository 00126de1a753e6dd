/** Builds a Go program of `test/conformance/` into a temporary folder; Go keeps what it compiled. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const goMsMax = 240_000;

export interface GoProgram {
  readonly path: string;
  remove(): void;
}

/** `undefined` when there is no Go, or the module of TARS cannot be had. `source`: its folder. */
export function buildGoProgram(source: string): GoProgram | undefined {
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' };
  const options = { cwd: source, env, encoding: 'utf8', timeout: goMsMax } as const;
  // A program that does not build is a failure; a machine without Go or network is not.
  if (spawnSync('go', ['mod', 'download'], options).status !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'tarsier-go-'));
  const path = join(folder, 'program');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const built = spawnSync('go', ['build', '-ldflags=-s -w', '-o', path, '.'], options);
  if (built.status === 0) return { path, remove };
  remove();
  throw new Error(`go build failed: ${built.stderr}`);
}
