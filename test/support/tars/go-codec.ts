/** The Go program of `test/conformance/go-codec/`, to be asked for one value at a time. */

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildGoProgram } from './go-program.ts';

const source = fileURLToPath(new URL('../../conformance/go-codec/', import.meta.url));

export interface GoCodec {
  /** Reads the struct and writes it again. */
  recode(name: string, bytes: Uint8Array): Uint8Array;
  /** A new struct of Go, every field at its default. */
  make(name: string): Uint8Array;
  remove(): void;
}

/** `undefined` when there is no Go, or the module cannot be had. */
export function buildGoCodec(): GoCodec | undefined {
  const program = buildGoProgram(source);
  if (program === undefined) return undefined;
  const ask = (line: string): Uint8Array => {
    const text = execFileSync(program.path, { input: `${line}\n`, encoding: 'utf8' }).trim();
    if (text !== 'ok' && !text.startsWith('ok ')) throw new Error(`Go says: ${text}`);
    return Uint8Array.from(Buffer.from(text.slice(3), 'hex'));
  };
  return {
    recode: (name, bytes) => ask(`recode ${name} ${Buffer.from(bytes).toString('hex')}`),
    make: (name) => ask(`make ${name}`),
    remove: program.remove,
  };
}
