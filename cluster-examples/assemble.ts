/** Makes an example's working folder: a real Git repository, and packages with their libraries. */

import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { simpleGit } from 'simple-git';
import { addLibraries } from './add-libraries.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

/** An example is a folder beside this file, with `repository/` and `packages/<name>/<version>/`. */
export interface Example {
  /** Name of its folder. */
  readonly name: string;
  /** Author of the first commit. */
  readonly author: string;
  readonly firstCommit: string;
}

export interface ExampleFolders {
  readonly repository: string;
  readonly packages: string;
  readonly data: string;
  /** False when an earlier run's repository was found and kept, with its edits. */
  readonly isNew: boolean;
}

function foldersIn(folder: string): Omit<ExampleFolders, 'isNew'> {
  return {
    repository: join(folder, 'repository'),
    packages: join(folder, 'packages'),
    data: join(folder, 'data'),
  };
}

/** Removes what an earlier run made, and nothing else that may be in the folder. */
export function removeExample(folder: string): void {
  for (const part of Object.values(foldersIn(folder))) {
    rmSync(part, { recursive: true, force: true });
  }
}

/** Keeps a repository that is there already: it holds the user's edits. */
export async function assembleExample(example: Example, folder: string): Promise<ExampleFolders> {
  const folders = foldersIn(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const isNew = !existsSync(folders.repository);
  if (!existsSync(folders.packages)) assemblePackages(example, folders.packages);
  if (isNew) await makeRepository(example, folders.repository);
  return { ...folders, isNew };
}

function assemblePackages({ name: example }: Example, target: string): void {
  const staging = `${target}.new`;
  rmSync(staging, { recursive: true, force: true });
  cpSync(join(here, example, 'packages'), staging, { recursive: true });
  for (const [name, version] of listVersions(staging)) {
    const folder = join(staging, name, version);
    if (existsSync(join(folder, 'package.json')))
      addLibraries(folder, join(here, example, 'libraries'));
  }
  renameSync(staging, target);
}

function listVersions(packages: string): [name: string, version: string][] {
  return readdirSync(packages).flatMap((name) =>
    readdirSync(join(packages, name)).map((version): [string, string] => [name, version]),
  );
}

async function makeRepository(example: Example, target: string): Promise<void> {
  const staging = `${target}.new`;
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(dirname(staging), { recursive: true });
  cpSync(join(here, example.name, 'repository'), staging, { recursive: true });
  const git = simpleGit(staging);
  await git.init(['--initial-branch=main']);
  await git.addConfig('user.name', example.author);
  await git.addConfig('user.email', `${example.name}@localhost`);
  // Whoever signs all commits would be asked for a passphrase here.
  await git.addConfig('commit.gpgSign', 'false');
  await git.add('.');
  await git.commit(example.firstCommit);
  renameSync(staging, target);
}
