/** Uploads over a real server: in pieces, resumed, refused, and never half recorded. */

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import { patchPath } from '../../../link/packages/patch-api.ts';
import { PatchClient } from '../../../sdk/typescript/patch-client.ts';
import { pushPackage, type PushProgress } from '../../../sdk/typescript/push-package.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { startJsonProcess } from '../../support/packages/json-process.ts';
import {
  startPatchServer,
  type PatchServer,
  type PatchServerOptions,
} from '../../support/packages/patch-server.ts';
import {
  digestOf,
  smallPackage,
  writeRandomPackage,
} from '../../support/packages/random-package.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const roleScript = join(import.meta.dirname, '../../support/packages/patch-process.ts');

interface Lab {
  readonly folder: string;
  readonly server: PatchServer;
  readonly client: PatchClient;
  uploads(): Promise<readonly string[]>;
}

async function startLab(options: PatchServerOptions = {}): Promise<Lab> {
  const folder = temporaryFolder();
  const server = await startPatchServer(folder, options);
  onTestFinished(() => server.close());
  return {
    folder,
    server,
    client: new PatchClient({ serverUrl: server.url, publishToken: server.tokens.publish }),
    uploads: () => readdir(join(folder, 'patch/uploads')),
  };
}

async function writeSmall(folder: string, content = 'v1') {
  const bytes = smallPackage({ 'bin/server': content });
  const file = join(folder, `package-${content}.tgz`);
  await writeFile(file, bytes);
  return { file, bytes, digest: digestOf(bytes), sizeBytes: bytes.length };
}

const cart = (version: string) => ({ package: 'Shop.CartServer', version });

test('a pushed package is stored, recorded, and not sent again', async () => {
  const { folder, client, server, uploads } = await startLab();
  const small = await writeSmall(folder);
  const request = { ...cart('1.0.0'), ...small, by: 'ann@host', comment: 'first' };

  const first = await pushPackage(client, request);
  expect(first).toMatchObject({
    outcome: 'pushed',
    version: { ...cart('1.0.0'), digest: small.digest, files: 1, unpackedBytes: 2, by: 'ann@host' },
  });
  const progress: PushProgress[] = [];
  const again = await pushPackage(client, request, { onProgress: (at) => progress.push(at) });
  expect(again.outcome).toBe('present');
  expect(progress).toEqual([]);
  expect(await uploads()).toEqual([]);
  expect(await server.patch.blobs.list()).toEqual([
    { digest: small.digest, sizeBytes: small.sizeBytes },
  ]);
});

test('other bytes under a version are refused with both digests, before any is sent', async () => {
  const { folder, client } = await startLab();
  const first = await writeSmall(folder);
  const second = await writeSmall(folder, 'v2');
  await pushPackage(client, { ...cart('1.0.0'), ...first });
  await expect(pushPackage(client, { ...cart('1.0.0'), ...second })).rejects.toMatchObject({
    code: 'PACKAGE_EXISTS',
    details: { storedDigest: first.digest, offeredDigest: second.digest },
  });
  expect((await client.list()).items).toHaveLength(1);
});

test('two who race for a version with other bytes: one wins, the other hears of it', async () => {
  const { folder, client, uploads } = await startLab();
  const packages = await Promise.all(['a', 'b', 'c'].map((name) => writeSmall(folder, name)));
  const outcomes = await Promise.allSettled(
    packages.map((small) => pushPackage(client, { ...cart('1.0.0'), ...small })),
  );
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  expect(refused.map((outcome) => outcome.reason.code)).toEqual([
    'PACKAGE_EXISTS',
    'PACKAGE_EXISTS',
  ]);
  expect(await uploads()).toEqual([]);
});

test('a push goes on where a killed client stopped', async () => {
  const { folder, server, client } = await startLab();
  const large = await writeRandomPackage(join(folder, 'large.tgz'), 48);
  const request = { ...cart('1.0.0'), ...large };
  const child = startJsonProcess(process.execPath, [
    roleScript,
    'push',
    server.url,
    server.tokens.publish,
    JSON.stringify(request),
  ]);
  await child.next((line) => Number(line['sentBytes']) > 20 * 1024 ** 2);
  await child.kill();
  expect((await client.list()).items).toEqual([]);

  const { outcome, resumedAtBytes, version } = await pushPackage(client, request);
  expect({ outcome, digest: version.digest }).toEqual({ outcome: 'pushed', digest: large.digest });
  expect(resumedAtBytes).toBeGreaterThanOrEqual(16 * 1024 ** 2);
});

test('a push outlives a controller that is killed and comes back', async () => {
  const folder = temporaryFolder();
  const large = await writeRandomPackage(join(folder, 'large.tgz'), 48);
  const start = (port: string) =>
    startJsonProcess(process.execPath, [roleScript, 'server', folder, port]);
  const first = start('0');
  const { url, publish } = await first.next((line) => line['url'] !== undefined);
  const client = new PatchClient({ serverUrl: String(url), publishToken: String(publish) });

  const reached = Promise.withResolvers<void>();
  const resumedFrom: number[] = [];
  const pushed = pushPackage(
    client,
    { ...cart('1.0.0'), ...large },
    {
      firstDelayMs: 50,
      failuresMax: 100,
      onProgress: ({ phase, sentBytes }) => {
        if (sentBytes > 20 * 1024 ** 2) reached.resolve();
        if (phase === 'waiting') resumedFrom.push(sentBytes);
      },
    },
  );
  await reached.promise;
  await first.kill();
  const second = start(new URL(String(url)).port);
  await second.next((line) => line['url'] !== undefined);

  expect(await pushed).toMatchObject({ outcome: 'pushed', version: { digest: large.digest } });
  expect(resumedFrom[0]).toBeGreaterThanOrEqual(16 * 1024 ** 2);
});

test('bytes that are not the announced ones are refused, and nothing of them stays', async () => {
  const { folder, client, server, uploads } = await startLab();
  const small = await writeSmall(folder);
  const other = await writeSmall(folder, 'v2');
  const lying = { ...cart('1.0.0'), ...small, digest: other.digest };
  await expect(pushPackage(client, lying)).rejects.toMatchObject({
    code: 'PACKAGE_DIGEST_MISMATCH',
    details: { expected: other.digest, actual: small.digest },
  });
  // Damage that makes the archive unreadable is still named by its cause.
  const damaged = join(folder, 'damaged.tgz');
  await writeFile(damaged, randomBytes(small.sizeBytes));
  await expect(
    pushPackage(client, { ...cart('1.0.0'), ...small, file: damaged }),
  ).rejects.toMatchObject({ code: 'PACKAGE_DIGEST_MISMATCH' });
  expect((await client.list()).items).toEqual([]);
  expect(await uploads()).toEqual([]);
  expect(await server.patch.blobs.list()).toEqual([]);
});

test('too large for a package, for the quota, for the disk: refused before a byte is sent', async () => {
  const { folder, client, uploads } = await startLab({ packageBytesMax: 100, storedBytesMax: 150 });
  const small = await writeSmall(folder);
  expect(small.sizeBytes).toBeGreaterThan(75);
  await pushPackage(client, { ...cart('1.0.0'), ...small });
  const second = await writeSmall(folder, 'v2');
  await expect(pushPackage(client, { ...cart('2.0.0'), ...second })).rejects.toMatchObject({
    code: 'PACKAGE_TOO_LARGE',
    message: expect.stringContaining('quota'),
  });
  await expect(
    client.createUpload({ ...cart('2.0.0'), digest: second.digest, sizeBytes: 101 }),
  ).rejects.toMatchObject({ code: 'PACKAGE_TOO_LARGE' });
  expect(await uploads()).toEqual([]);

  const wide = await startLab({ packageBytesMax: Infinity });
  await expect(
    wide.client.createUpload({ ...cart('2.0.0'), digest: second.digest, sizeBytes: 2 ** 50 }),
  ).rejects.toMatchObject({ code: 'DISK_FULL' });
  expect(await wide.uploads()).toEqual([]);
});

test('a disk that fills up while a package arrives loses nothing but the upload', async () => {
  const folder = temporaryFolder();
  const large = await writeRandomPackage(join(folder, 'large.tgz'), 20);
  // A limit on the size of files stands in for a full disk: it needs no privileges.
  const limited = `trap '' XFSZ; ulimit -f 16384; exec "$0" "$@"`;
  const child = startJsonProcess('bash', [
    '-c',
    limited,
    process.execPath,
    roleScript,
    'server',
    folder,
    '0',
  ]);
  const { url, publish } = await child.next((line) => line['url'] !== undefined);
  const client = new PatchClient({ serverUrl: String(url), publishToken: String(publish) });
  const small = await writeSmall(folder);
  await pushPackage(client, { ...cart('1.0.0'), ...small });

  await expect(pushPackage(client, { ...cart('2.0.0'), ...large })).rejects.toMatchObject({
    code: 'DISK_FULL',
  });
  expect(await readdir(join(folder, 'patch/uploads'))).toEqual([]);
  expect((await client.list()).items).toMatchObject([{ ...cart('1.0.0') }]);
});

test('a piece fits only where the bytes end, and what a broken connection sent stays', async () => {
  const { folder, client, server } = await startLab();
  const large = await writeRandomPackage(join(folder, 'large.tgz'), 1);
  const bytes = await readFile(large.file);
  const answer = await client.createUpload({
    ...cart('1.0.0'),
    digest: large.digest,
    sizeBytes: bytes.length,
  });
  if (answer.state !== 'open') throw new Error('not open');
  const { upload } = answer;
  const piece = (offset: number, length: number) => ({
    content: Readable.from([bytes.subarray(offset, offset + length)]),
    offset,
    length,
  });
  await expect(client.sendPiece(upload, piece(10, 10))).rejects.toMatchObject({
    code: 'UPLOAD_OFFSET',
    details: { offset: 0 },
  });
  expect((await client.sendPiece(upload, piece(0, 1000))).offset).toBe(1000);
  await expect(client.finishUpload(upload)).rejects.toMatchObject({ code: 'UPLOAD_INCOMPLETE' });

  // A client that stalls in the middle of a piece, with its connection open …
  const stalled = httpRequest(`${server.url}${patchPath}/uploads/${upload.id}`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${server.tokens.publish}`,
      'content-type': 'application/octet-stream',
      'content-length': '5000',
      'tarsier-upload-offset': '1000',
    },
  });
  stalled.on('error', () => {});
  stalled.write(bytes.subarray(1000, 3000));
  onTestFinished(() => void stalled.destroy());
  await eventually(async () => (await server.patch.uploads.view(upload.id)).offset === 3000);
  // … is sent away by the next one, who goes on behind what did arrive.
  expect((await client.sendPiece(upload, piece(3000, 1000))).offset).toBe(4000);
  await expect(client.sendPiece(upload, piece(4000, bytes.length))).rejects.toMatchObject({
    code: expect.stringMatching(/PACKAGE_TOO_LARGE|API_UNREACHABLE/),
  });
});

test('an upload without its announcement, or that nobody goes on with, is removed', async () => {
  let now = Date.now();
  const { folder, client, server, uploads } = await startLab({ now: () => now });
  const small = await writeSmall(folder);
  const about = { ...cart('1.0.0'), digest: small.digest, sizeBytes: small.sizeBytes };
  await client.createUpload(about);
  expect(await server.patch.uploads.removeStale(3_600_000)).toEqual([]);
  now += 3_700_000;
  expect(await server.patch.uploads.removeStale(3_600_000)).toHaveLength(1);
  expect(await uploads()).toEqual([]);

  const other = temporaryFolder();
  await mkdir(join(other, 'patch/uploads/half'), { recursive: true });
  await writeFile(join(other, 'patch/uploads/half/content'), 'x');
  const restarted = await startPatchServer(other);
  onTestFinished(() => restarted.close());
  expect(await readdir(join(other, 'patch/uploads'))).toEqual([]);
});

test('content that was stored but not recorded: the upload goes, and a new push succeeds', async () => {
  const { folder, server, client, uploads } = await startLab();
  const small = await writeSmall(folder);
  const add = vi
    .spyOn(server.patch.packages, 'add')
    .mockRejectedValueOnce(new Error('log is gone'));
  await expect(pushPackage(client, { ...cart('1.0.0'), ...small })).rejects.toMatchObject({
    code: 'DEFECT',
  });
  expect(add).toHaveBeenCalledOnce();
  expect(await uploads()).toEqual([]);
  expect((await pushPackage(client, { ...cart('1.0.0'), ...small })).outcome).toBe('pushed');

  // Killed at the same point, the process finds an announcement without content.
  const other = temporaryFolder();
  await mkdir(join(other, 'patch/uploads/half'), { recursive: true });
  await writeFile(join(other, 'patch/uploads/half/upload.json'), JSON.stringify(cart('1.0.0')));
  const restarted = await startPatchServer(other);
  onTestFinished(() => restarted.close());
  expect(await readdir(join(other, 'patch/uploads'))).toEqual([]);
});

test('names that are no names, uploads that are none, and callers without a token get nothing', async () => {
  const { folder, client, server } = await startLab();
  await writeFile(join(folder, 'precious'), 'mine');
  const digest = digestOf(Buffer.from('x'));
  for (const name of [
    '../../etc',
    'a/b',
    '.hidden',
    '',
    'a'.repeat(200),
    'Shop.Cart\u0000',
    'Шоп',
  ]) {
    const about = { package: name, version: '1.0.0', digest, sizeBytes: 1 };
    await expect(client.createUpload(about)).rejects.toMatchObject({
      code: 'PACKAGE_NAME_INVALID',
    });
  }
  for (const version of ['..', '1/2', '-1', '1..2', ' 1']) {
    const about = { package: 'Shop', version, digest, sizeBytes: 1 };
    await expect(client.createUpload(about)).rejects.toMatchObject({
      code: 'PACKAGE_NAME_INVALID',
    });
  }
  await expect(
    client.createUpload({ ...cart('1.0.0'), digest: 'md5:00' as never, sizeBytes: 1 }),
  ).rejects.toMatchObject({ code: 'API_REQUEST_INVALID' });

  const authorization = `Bearer ${server.tokens.publish}`;
  const removed = await server.app.inject({
    method: 'DELETE',
    url: `${patchPath}/uploads/..%2f..%2fpatch`,
    headers: { authorization, host: 'localhost' },
  });
  expect(removed.statusCode).toBe(404);
  expect(await readdir(join(folder, 'patch'))).toContain('uploads');

  const stranger = new PatchClient({ serverUrl: server.url, publishToken: server.tokens.agent });
  await expect(
    stranger.createUpload({ ...cart('1.0.0'), digest, sizeBytes: 1 }),
  ).rejects.toMatchObject({ code: 'API_UNAUTHORIZED' });
});
