/** A new repository: what `tarsctl init` writes is valid, and explains itself. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { simpleGit } from 'simple-git';
import { describe, expect, it } from 'vitest';
import { tarsctl } from '../support/e2e/tarsctl.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('tarsctl init', () => {
  it('writes a repository that has no faults and is committed', async () => {
    const folder = join(temporaryFolder(), 'fleet');
    expect(await tarsctl(['init', folder])).toMatchObject({ exitCode: 0 });
    const checked = await tarsctl(['validate', folder]);
    expect(checked).toMatchObject({ exitCode: 0 });
    expect(checked.stdout).toContain('4 objects, no faults');
    const git = simpleGit(folder);
    expect((await git.log()).total).toBe(1);
    expect((await git.status()).isClean()).toBe(true);
    const [, schema = ''] =
      /\$schema=(\S+)/.exec(readFileSync(join(folder, 'cluster.yaml'), 'utf8')) ?? [];
    expect(existsSync(join(folder, schema))).toBe(true);
  });

  it('does not touch a folder that holds something', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'mine.txt'), 'mine');
    const answer = await tarsctl(['init', folder]);
    expect(answer.exitCode).toBe(64);
    expect(answer.stderr).toContain('it is not empty');
    expect(existsSync(join(folder, 'cluster.yaml'))).toBe(false);
  });
});

describe('tarsctl', () => {
  it('says what is wrong with a command line, and exits with 64', async () => {
    for (const args of [['get', 'thing'], ['nonsense'], ['get', 'services', '-o', 'xml']]) {
      const answer = await tarsctl(args);
      expect(answer).toMatchObject({ exitCode: 64 });
      expect(answer.stderr).not.toContain('    at ');
    }
  });

  it('says where it looked when no controller answers', async () => {
    const answer = await tarsctl(['status'], { server: 'http://127.0.0.1:9' });
    expect(answer.exitCode).toBe(1);
    expect(answer.stderr).toContain('http://127.0.0.1:9');
    expect(answer.stderr).toContain('TARSIER_SERVER');
  });
});
