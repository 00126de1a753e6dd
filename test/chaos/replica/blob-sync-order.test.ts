import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { callsOf } from './traced-disk.ts';

const CALLS = 'write,pwrite64,fsync,fdatasync,rename';
const hasStrace = spawnSync('strace', ['-V']).status === 0;

/** What a power loss would take: written files and renamed names that no sync came after. */
class Unsynced {
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();
  readonly renamed: string[] = [];

  follow(line: string): void {
    const [, call = '', file = ''] = /^\d+ +(\w+)\(\d+<([^>]*)>/.exec(line) ?? [];
    if (call.includes('write')) this.#files.add(file);
    if (call === 'fsync' || call === 'fdatasync') {
      this.#files.delete(file);
      this.#folders.delete(file);
    }
    const [, from, to] = /^\d+ +rename\("([^"]*)", "([^"]*)"\)/.exec(line) ?? [];
    if (from === undefined || to === undefined) return;
    expect([...this.#files], `renamed before it was synced: ${line}`).not.toContain(from);
    this.renamed.push(to);
    this.#folders.add(dirname(to));
  }

  get folders(): string[] {
    return [...this.#folders];
  }
}

test.skipIf(!hasStrace)(
  'a blob is synced before it gets its name, and its name before it is acknowledged (needs strace)',
  () => {
    const folder = temporaryFolder();
    const [data, output, trace] = ['data', 'acknowledged', 'trace'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    mkdirSync(data);
    const script = fileURLToPath(new URL('storing-main.ts', import.meta.url));
    const strace = ['-f', '-y', '-s', '300', '-e', `trace=${CALLS}`, '-o', trace];
    execFileSync('strace', [...strace, process.execPath, script, data, output]);

    const unsynced = new Unsynced();
    let acknowledged = 0;
    for (const line of callsOf(readFileSync(trace, 'latin1'))) {
      const [, digest] = /"acknowledged sha256:([0-9a-f]{64})/.exec(line) ?? [];
      unsynced.follow(line);
      if (digest === undefined) continue;
      acknowledged += 1;
      const name = join(data, 'blobs', 'sha256', digest.slice(0, 2), digest.slice(2));
      expect(unsynced.renamed).toContain(name);
      expect(unsynced.folders).toEqual([]);
    }
    expect(acknowledged).toBe(9);
  },
  60_000,
);
