/** `tarsctl patch` as people type it, against a real controller's patch store. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startPatchServer, type PatchServer } from '../../support/packages/patch-server.ts';
import { smallPackage } from '../../support/packages/random-package.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const bin = join(import.meta.dirname, '../../../bin/tarsctl.js');

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function startLab() {
  const folder = temporaryFolder();
  const server: PatchServer = await startPatchServer(folder);
  onTestFinished(() => server.close());
  const tarsctl = async (...args: readonly string[]): Promise<Run> => {
    const global = ['--server', server.url, '--data', folder];
    const env = { ...process.env, NO_COLOR: '1' };
    const child = spawn(process.execPath, [bin, ...global, ...args], { env });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    const [code] = await once(child, 'close');
    return { code, stdout, stderr };
  };
  return { folder, server, tarsctl };
}

test('a directory is pushed, listed, shown, made the default and deleted', async () => {
  const { folder, tarsctl, server } = await startLab();
  const app = join(folder, 'app');
  await mkdir(join(app, 'bin'), { recursive: true });
  await writeFile(join(app, 'bin/server'), '#!/bin/sh\n');
  await chmod(join(app, 'bin/server'), 0o755);

  const pushed = await tarsctl('patch', 'push', 'Shop.Cart', '1.10', app, '--comment', 'first');
  const digest = server.patch.packages.find('Shop.Cart', '1.10')?.digest;
  expect(pushed).toMatchObject({ code: 0, stderr: expect.stringContaining(`► packing ${app}\n`) });
  expect(pushed.stdout).toMatch(/^✔ pushed Shop\.Cart 1\.10 \(\d+ B, 1 file\) in \d+m?s\n/);
  expect(pushed.stdout.slice(pushed.stdout.indexOf('\n'))).toBe(
    '\n\nNext: write this into the Service, commit, and push:\n\n' +
      `  release:\n    package: Shop.Cart\n    version: "1.10"\n    digest: ${digest}\n`,
  );
  // Nothing moves the cursor where there is no terminal.
  expect(pushed.stdout + pushed.stderr).not.toContain('\u001b');

  const again = await tarsctl('patch', 'push', 'Shop.Cart', '1.10', app);
  expect(again.stdout).toContain('is there already with the same bytes');

  await writeFile(join(app, 'more'), 'x');
  const other = await tarsctl('patch', 'push', 'Shop.Cart', '1.10', app);
  expect(other.code).toBe(1);
  expect(other.stderr).toContain('error[PACKAGE_EXISTS]: Shop.Cart 1.10 is in the patch store');
  expect(other.stderr).toContain('under a new version');

  expect(await tarsctl('patch', 'push', 'Shop.Cart', '1.11', app, '--default')).toMatchObject({
    code: 0,
  });
  const list = await tarsctl('patch', 'list');
  const lines = list.stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(/^Shop\.Cart +1\.11 .* yes /);
  const json = await tarsctl('patch', 'list', 'Shop.Cart', '-o', 'json');
  expect(JSON.parse(json.stdout)).toMatchObject([
    { version: '1.11', isDefault: true },
    { version: '1.10' },
  ]);
  const show = await tarsctl('patch', 'show', 'Shop.Cart', '1.10');
  expect(show.stdout).toContain('comment   first');
  expect(show.stdout).toContain('    version: "1.10"');

  expect(await tarsctl('patch', 'delete', 'Shop.Cart', '1.11')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('error[PACKAGE_IN_USE]'),
  });
  expect(await tarsctl('patch', 'default', 'Shop.Cart', '1.10')).toMatchObject({ code: 0 });
  expect(await tarsctl('patch', 'delete', 'Shop.Cart', '1.11')).toMatchObject({ code: 0 });
  expect((await tarsctl('-o', 'name', 'patch', 'list')).stdout).toBe('Shop.Cart 1.10\n');
});

test('what cannot be pushed is named, with what to do', async () => {
  const { folder, tarsctl } = await startLab();
  const app = join(folder, 'app');
  await mkdir(app);
  await writeFile(join(app, 'f'), 'x');
  await symlink('f', join(app, 'l'));
  const good = join(folder, 'good.tgz');
  await writeFile(good, smallPackage({ f: 'x' }));
  const rows: readonly (readonly [args: readonly string[], code: number, words: string])[] = [
    [['Shop.Cart', '1.0.0', app], 1, 'app/l is a symbolic link'],
    [['Shop.Cart', '1.0.0', join(folder, 'nothing')], 64, 'there is no such file'],
    [['Shop.Cart', '1.0.0', join(app, 'f')], 1, 'error[ARCHIVE_DAMAGED]'],
    [['../Cart', '1.0.0', good], 1, 'error[PACKAGE_NAME_INVALID]'],
    [['Shop.Cart', good], 64, 'missing required argument'],
  ];
  const runs = await Promise.all(rows.map(([args]) => tarsctl('patch', 'push', ...args)));
  for (const [index, [args, code, words]] of rows.entries()) {
    const run = runs[index] ?? expect.unreachable();
    expect([args, run]).toEqual([
      args,
      { code, stdout: '', stderr: expect.stringContaining(words) },
    ]);
    expect(run.stderr).not.toMatch(/\n\s+at /);
  }
});
