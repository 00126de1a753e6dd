import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSocketServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { followSource } from '../../support/git/followed-source.ts';
import { certificateFile, serveRepositories } from '../../support/git/git-http-server.ts';
import { TestRepository } from '../../support/git/test-repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/fleet.git`;
}

async function problemOf(settings: Parameters<typeof followSource>[0]) {
  const followed = followSource(settings, temporaryFolder());
  await followed.source.start();
  expect(followed.heads).toEqual([]);
  expect(followed.source.status.head).toBeUndefined();
  return followed.source.status.problem;
}

test('a host name that does not exist', async () => {
  const problem = await problemOf({
    url: 'https://no-such-host.invalid/fleet.git',
    branch: 'main',
  });
  expect(problem).toMatchObject({ code: 'SOURCE_HOST_NOT_FOUND', count: 1 });
  expect(problem?.message).toContain('https://no-such-host.invalid/fleet.git');
});

test('a port where nobody listens, by https and by ssh', async () => {
  const server = createSocketServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  for (const url of [`https://127.0.0.1:${port}/x.git`, `ssh://git@127.0.0.1:${port}/x.git`]) {
    expect(await problemOf({ url, branch: 'main' })).toMatchObject({ code: 'SOURCE_UNREACHABLE' });
  }
});

test('a server that wants credentials', async () => {
  const url = await serve((_request, response) => {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
  });
  expect(await problemOf({ url, branch: 'main' })).toMatchObject({ code: 'SOURCE_AUTH_FAILED' });
});

test('a token file that is missing', async () => {
  const url = await serve((_request, response) => response.writeHead(500).end());
  const problem = await problemOf({ url, branch: 'main', tokenFile: '/nonexistent/token' });
  expect(problem).toMatchObject({ code: 'SOURCE_AUTH_FAILED' });
  expect(problem?.message).toContain('/nonexistent/token');
});

test('a redirect is not followed', async () => {
  const visited: string[] = [];
  const elsewhere = await serve((request, response) => {
    visited.push(request.url ?? '');
    response.writeHead(200).end();
  });
  const url = await serve((request, response) => {
    response.writeHead(302, { location: elsewhere + (request.url ?? '') }).end();
  });
  expect(await problemOf({ url, branch: 'main' })).toMatchObject({ code: 'SOURCE_REDIRECTED' });
  expect(visited).toEqual([]);
});

test('an address without a repository', async () => {
  const folder = temporaryFolder();
  const url = await serve((_request, response) => response.writeHead(404).end());
  for (const place of [url, folder, join(folder, 'nothing'), `file://${folder}`]) {
    expect(await problemOf({ url: place, branch: 'main' })).toMatchObject({
      code: 'SOURCE_NOT_A_REPOSITORY',
    });
  }
});

test('a certificate is trusted only through its authority', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  const commit = repository.commitFiles({ 'a.yaml': '1' });
  const { url: base } = await serveRepositories(folder, { tls: true });
  const url = `${base}/repository/.git`;
  expect(await problemOf({ url })).toMatchObject({ code: 'SOURCE_TLS_UNTRUSTED' });
  const followed = followSource({ url, caFile: certificateFile }, folder);
  await followed.source.start();
  await followed.reaches(commit);
});

test('a fetch that never ends is killed with everything it started', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  repository.commitFiles({ 'a.yaml': '1' });
  const { url, sessions } = await serveRepositories(folder, { stallFetch: true });
  const followed = followSource({ url: `${url}/repository/.git`, timeoutMs: 1_500 }, folder);
  await followed.source.start();
  expect(followed.source.status.problem).toMatchObject({ code: 'SOURCE_TIMEOUT' });
  expect(sessions.length).toBeGreaterThan(0);
  await vi.waitFor(async () => {
    const processes = await new Promise<string>((resolve, reject) => {
      execFile('ps', ['-eo', 'args'], (error, stdout) => (error ? reject(error) : resolve(stdout)));
    });
    expect(processes).not.toContain(`${url}/repository`);
  });
});

test('an empty repository, then its first commit', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  const followed = followSource({ url: repository.folder }, folder);
  await followed.source.start();
  expect(followed.source.status.problem).toMatchObject({ code: 'SOURCE_EMPTY' });
  await followed.reaches(repository.commitFiles({ 'a.yaml': '1' }));
  expect(followed.source.status.problem).toBeUndefined();
});

test('a branch that is missing names the one that was meant, then appears', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  repository.commitFiles({ 'a.yaml': '1' });
  repository.git('branch', 'production');
  const followed = followSource({ url: repository.folder, branch: 'prodction' }, folder);
  await followed.source.start();
  expect(followed.source.status.problem).toMatchObject({
    code: 'SOURCE_BRANCH_MISSING',
    hint: 'Did you mean production?',
  });
  repository.git('branch', 'prodction');
  await followed.reaches(repository.head());
});

test('a detached HEAD asks for the name of a branch', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  repository.commitFiles({ 'a.yaml': '1' });
  repository.git('checkout', '--quiet', '--detach');
  const followed = followSource({ url: repository.folder }, folder);
  await followed.source.start();
  expect(followed.source.status.problem).toMatchObject({
    code: 'SOURCE_BRANCH_MISSING',
    hint: 'Name the branch; there are: main.',
  });
});

test('what was there stays when the repository goes away, with the age of the last look', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  const commit = repository.commitFiles({ 'a.yaml': '1' });
  const followed = followSource({ url: repository.folder, pollMs: 20 }, folder);
  await followed.source.start();
  const { lastLookAt } = followed.source.status;
  await rename(repository.folder, join(folder, 'away'));
  await vi.waitFor(() => expect(followed.source.status.problem?.count).toBeGreaterThan(2));
  const { status } = followed.source;
  expect(status.problem?.code).toBe('SOURCE_NOT_A_REPOSITORY');
  expect(status.head?.commit).toBe(commit);
  expect(status.lastLookAt).toBeGreaterThanOrEqual(lastLookAt ?? Infinity);
  expect(status.lastLookAt).toBeLessThanOrEqual(status.problem?.since ?? 0);
  expect((await followed.source.snapshot(commit)).files.size).toBe(1);
  expect(followed.warnings).toHaveLength(1);
  await rename(join(folder, 'away'), repository.folder);
  await vi.waitFor(() => expect(followed.source.status.problem).toBeUndefined());
});

test('a token from a file opens a protected repository and shows up nowhere', async () => {
  const folder = temporaryFolder();
  const repository = new TestRepository(join(folder, 'repository'));
  const commit = repository.commitFiles({ 'a.yaml': 'a: 1\n' });
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, 'canary-7f3a\n');
  const { url, sessions } = await serveRepositories(folder, { token: 'canary-7f3a' });
  const followed = followSource({ url: `${url}/repository/.git`, tokenFile }, folder);
  await followed.source.start();
  await followed.reaches(commit);
  expect(sessions.length).toBeGreaterThan(1);

  await writeFile(tokenFile, 'another-one\n');
  followed.source.lookSoon();
  await vi.waitFor(() => {
    expect(followed.source.status.problem?.code).toBe('SOURCE_AUTH_FAILED');
  });
  const shown = JSON.stringify([followed.source.status, followed.warnings]);
  for (const secret of ['canary-7f3a', 'another-one']) {
    expect(shown).not.toContain(secret);
    expect(shown).not.toContain(Buffer.from(`tarsier:${secret}`).toString('base64'));
  }
  const config = await readFile(join(folder, 'data/source/repository.git/config'), 'utf8');
  expect(config).not.toContain('canary');
});

test('closing ends a look that is under way', async () => {
  const waiting = createSocketServer();
  waiting.listen(0, '127.0.0.1');
  await once(waiting, 'listening');
  onTestFinished(() => void waiting.close());
  const { port } = waiting.address() as AddressInfo;
  const folder = temporaryFolder();
  const followed = followSource({ url: `http://127.0.0.1:${port}/x.git` }, folder);
  const started = followed.source.start();
  await once(waiting, 'connection');
  await followed.source.close();
  await started;
  expect(followed.source.status.problem).toBeUndefined();
});
