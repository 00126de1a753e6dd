/** The Go program of `test/conformance/go-codec/`, built into a temporary folder. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../conformance/go-codec/', import.meta.url));
const goMsMax = 240_000;

export interface GoCodec {
  /** Reads the struct and writes it again. */
  recode(name: string, bytes: Uint8Array): Uint8Array;
  /** A new struct of Go, every field at its default. */
  make(name: string): Uint8Array;
  remove(): void;
}

/** `undefined` when there is no Go, or the module cannot be had. */
export function buildGoCodec(): GoCodec | undefined {
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' };
  const options = { cwd: source, env, encoding: 'utf8', timeout: goMsMax } as const;
  // A program that does not build is a failure; a machine without Go or network is not.
  if (spawnSync('go', ['mod', 'download', 'github.com/TarsCloud/TarsGo'], options).status !== 0) {
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'tarsier-go-codec-'));
  const program = join(folder, 'go-codec');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const built = spawnSync('go', ['build', '-o', program, '.'], options);
  if (built.status !== 0) {
    remove();
    throw new Error(`go build failed: ${built.stderr}`);
  }
  const ask = (line: string): Uint8Array => {
    const text = execFileSync(program, { input: `${line}\n`, encoding: 'utf8' }).trim();
    if (text !== 'ok' && !text.startsWith('ok ')) throw new Error(`Go says: ${text}`);
    return Uint8Array.from(Buffer.from(text.slice(3), 'hex'));
  };
  return {
    recode: (name, bytes) => ask(`recode ${name} ${Buffer.from(bytes).toString('hex')}`),
    make: (name) => ask(`make ${name}`),
    remove,
  };
}
