/** A real Git repository for a test, driven through the real git, with the user's settings shut out. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const environment = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Alice',
  GIT_AUTHOR_EMAIL: 'alice@example.com',
  GIT_COMMITTER_NAME: 'Alice',
  GIT_COMMITTER_EMAIL: 'alice@example.com',
};

export interface TreeItem {
  readonly mode: string;
  /** Bytes that git itself would refuse are allowed. */
  readonly name: string | Uint8Array;
  readonly id: string;
}

export class TestRepository {
  readonly folder: string;

  constructor(folder: string, options: readonly string[] = []) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    this.git('init', '--quiet', '--initial-branch=main', ...options, folder);
  }

  git(...args: string[]): string {
    return this.gitWith({}, ...args);
  }

  gitWith(options: { input?: string | Uint8Array }, ...args: string[]): string {
    return execFileSync('git', ['-C', this.folder, ...args], {
      env: environment,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 ** 2,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...options,
    }).trim();
  }

  write(path: string, text: string | Uint8Array): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  remove(path: string): void {
    rmSync(join(this.folder, path), { recursive: true });
  }

  /** Commits the whole work tree; returns the commit id. */
  commit(message = 'change'): string {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--message', message);
    return this.head();
  }

  /** Writes files and commits them. */
  commitFiles(files: Readonly<Record<string, string>>, message = 'change'): string {
    for (const [path, text] of Object.entries(files)) this.write(path, text);
    return this.commit(message);
  }

  head(ref = 'HEAD'): string {
    return this.git('rev-parse', ref);
  }

  blob(content: string | Uint8Array): string {
    return this.gitWith({ input: content }, 'hash-object', '-w', '--stdin');
  }

  /** A tree with any names whatsoever, in the order given. */
  tree(items: readonly TreeItem[]): string {
    const parts = items.flatMap(({ mode, name, id }) => [
      Buffer.from(`${mode} `),
      Buffer.from(name),
      Buffer.from([0]),
      Buffer.from(id, 'hex'),
    ]);
    const input = Buffer.concat(parts);
    return this.gitWith({ input }, 'hash-object', '-w', '--literally', '-t', 'tree', '--stdin');
  }

  /** Makes `tree` a commit on top of the branch, without a work tree. */
  commitTree(tree: string, branch = 'main'): string {
    const ref = `refs/heads/${branch}`;
    const parents = this.git('for-each-ref', '--format=%(objectname)', ref);
    const parent = parents === '' ? [] : ['-p', parents];
    const commit = this.git('commit-tree', '-m', 'made by hand', ...parent, tree);
    this.git('update-ref', ref, commit);
    return commit;
  }
}
