/** Backups of a running controller: who may take them, and what is not whole leaves no file. */

import { createServer, connect, type Socket } from 'node:net';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { collectBytes } from '../../../controller/backup/backup-entry.ts';
import { MANIFEST_NAME, type BackupManifest } from '../../../controller/backup/manifest.ts';
import { readTar } from '../../../controller/backup/read-tar.ts';
import { openVerified } from '../../../controller/backup/verified-backup.ts';
import { startController } from '../../../controller/main.ts';
import { openStores } from '../../../controller/open-stores.ts';
import { registryMachine } from '../../../registry/registry-machine.ts';
import type { LogEntry } from '../../../replica/core/log.ts';
import { openEmbeddedLog } from '../../../replica/drivers/embedded/embedded-log.ts';
import { copyRecordedData, readAll, sha256 } from '../../support/backup/backup-lab.ts';
import { tarsctl } from '../../support/e2e/tarsctl.ts';
import { oneNodeFile } from '../../support/git/fleet-files.ts';
import { TestRepository } from '../../support/git/test-repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function startLab(packageBytes = 0) {
  const folder = temporaryFolder();
  const dataDir = copyRecordedData(folder);
  if (packageBytes > 0) await addPackage(dataDir, packageBytes);
  const repository = new TestRepository(join(folder, 'repository'));
  repository.commitFiles({ 'fleet.yaml': oneNodeFile });
  const controller = await startController({
    dataDir,
    version: 'test',
    listen: { host: '127.0.0.1', port: 0 },
    source: { url: repository.folder },
    logger: pino({ level: 'silent' }),
  });
  onTestFinished(() => controller.close());
  const target = join(folder, 'backups', 'b.tar');
  const take = (...args: readonly string[]) =>
    tarsctl(['--data', dataDir, 'backup', target, ...args], { server: controller.url });
  mkdirSync(join(folder, 'backups'));
  return { folder, dataDir, controller, target, take };
}

async function addPackage(dataDir: string, sizeBytes: number): Promise<void> {
  const stores = await openStores(dataDir, () => undefined);
  const { digest } = await stores.packageBlobs.put(
    (async function* content() {
      for (let sent = 0; sent < sizeBytes; sent += 2 ** 20) yield Buffer.alloc(2 ** 20, sent % 251);
    })(),
  );
  const about = { files: 1, unpackedBytes: 1, pushedAt: 1, by: 'ann', comment: '' };
  const content = { digest, sizeBytes, ...about, source: 'push' as const };
  await stores.patch.propose({ type: 'add', package: 'Shop.Big', version: '1.0.0', content });
  await stores.close();
}

function blobFile(dataDir: string, index = 0): string {
  const root = join(dataDir, 'packages', 'sha256');
  const names = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  // One of the three recorded ones belongs to a version that was deleted.
  const used = names.filter((name) => !name.endsWith('b81a098bb34c867b68db2653246f1c2'));
  return used[index] ?? expect.unreachable();
}

function leftInBackups(folder: string): readonly string[] {
  return readdirSync(join(folder, 'backups'));
}

describe('a backup of a running controller', () => {
  test('is whole, and one more does not replace it', async () => {
    const { target, take, folder } = await startLab();
    const answer = await take();
    expect(answer, answer.stderr).toMatchObject({ exitCode: 0 });
    expect(answer.stdout).toContain('2 packages');
    expect(answer.stderr).toContain('It is not encrypted');
    const found = await readAll(target);
    expect([...found.keys()].filter((name) => name.startsWith('tokens/'))).toEqual([]);
    expect([...found.keys()].filter((name) => name.startsWith('packages/'))).toHaveLength(2);

    const again = await take();
    expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('BACKUP_EXISTS') });
    expect(leftInBackups(folder)).toEqual(['b.tar']);
  });

  test('needs the admin token; the others do not do', async () => {
    const { dataDir, controller, folder, take } = await startLab();
    const url = `${controller.url}/api/v1/backup`;
    expect((await fetch(url)).status).toBe(401);
    for (const kind of ['agent', 'publish', 'read']) {
      const token = readFileSync(join(dataDir, 'tokens', kind), 'utf8').trim();
      const headers = { authorization: `Bearer ${token}` };
      expect((await fetch(url, { headers })).status, kind).toBe(401);
    }
    writeFileSync(join(folder, 'wrong'), 'x'.repeat(43));
    const refused = await take('--token-file', join(folder, 'wrong'));
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('tokens/admin') });
    expect(leftInBackups(folder)).toEqual([]);
  });

  test('has tokens only when it is encrypted', async () => {
    const { folder, take } = await startLab();
    const refused = await take('--include-tokens');
    expect(refused).toMatchObject({ exitCode: 64, stderr: expect.stringContaining('--recipient') });
    expect(leftInBackups(folder)).toEqual([]);
  });

  test('fails when a package is missing, and says which', async () => {
    const { dataDir, folder, take } = await startLab();
    rmSync(blobFile(dataDir));
    const answer = await take();
    expect(answer.exitCode).toBe(1);
    expect(answer.stderr).toMatch(/BACKUP_INCOMPLETE.*package Shop\.CartServer 1\.\d\.0 .*missing/);
    expect(leftInBackups(folder)).toEqual([]);
  });

  test('fails when a package has another length', async () => {
    const { dataDir, folder, take } = await startLab();
    appendFileSync(blobFile(dataDir), 'x');
    const answer = await take();
    expect(answer.stderr).toMatch(/BACKUP_INCOMPLETE.*98 bytes instead of 97/);
    expect(leftInBackups(folder)).toEqual([]);
  });

  test('fails when a package is damaged, and names it', async () => {
    const { dataDir, folder, take } = await startLab();
    const file = blobFile(dataDir, 1);
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(50) ^ 1, 50);
    writeFileSync(file, bytes);
    const answer = await take();
    expect(answer.exitCode).toBe(1);
    expect(answer.stderr).toMatch(
      /BACKUP_INCOMPLETE.*package Shop\.CartServer 1\.\d\.0 .*is damaged/,
    );
    expect(answer.stderr).toContain(file.slice(-62));
    expect(leftInBackups(folder)).toEqual([]);
  });

  test('that is cut on the way leaves no file', async () => {
    const { controller, folder, dataDir } = await startLab(32 * 2 ** 20);
    const proxyUrl = await startCuttingProxy(Number(new URL(controller.url).port), 5 * 2 ** 20);
    const target = join(folder, 'backups', 'cut.tar');
    const answer = await tarsctl(['--data', dataDir, 'backup', target], { server: proxyUrl });
    expect(answer.exitCode).toBe(1);
    expect(answer.stderr).toMatch(/API_UNREACHABLE.*broke off/);
    expect(leftInBackups(folder)).toEqual([]);
  });

  test('two at once are served, a third one is told to come later', async () => {
    const { controller, dataDir } = await startLab(64 * 2 ** 20);
    const token = readFileSync(join(dataDir, 'tokens', 'admin'), 'utf8').trim();
    const headers = { authorization: `Bearer ${token}` };
    const ask = () => fetch(`${controller.url}/api/v1/backup`, { headers });
    const [one, two] = [await ask(), await ask()];
    expect((await ask()).status).toBe(429);
    await one.body?.cancel();
    const read = readTar(two.body as unknown as AsyncIterable<Uint8Array>, 'two');
    const backup = await openVerified(read, { where: 'two' });
    for await (const { sizeBytes, content } of backup.files) await collectBytes(content, sizeBytes);
    await expect.poll(async () => (await ask()).status, { timeout: 20_000 }).toBe(200);
  });

  test('its states are of one moment while commands pour in', async () => {
    const { controller, folder, dataDir } = await startLab();
    let count = 0;
    const over = new AbortController();
    const storm = (async () => {
      while (!over.signal.aborted) {
        count += 1;
        const session = {
          node: 'n1',
          sessionId: `s${count}`,
          state: 'alive',
          since: count,
        } as const;
        const about = { agentVersion: '1', bootId: 'b', hostname: 'h' };
        await controller.registry.propose({
          type: 'open-session',
          at: count,
          session: { ...session, ...about },
        });
      }
    })();
    for (const name of ['1.tar', '2.tar', '3.tar']) {
      const target = join(folder, 'backups', name);
      const options = { server: controller.url };
      const answer = await tarsctl(['--data', dataDir, 'backup', target], options);
      expect(answer, answer.stderr).toMatchObject({ exitCode: 0 });
    }
    over.abort();
    await storm;
    expect(count).toBeGreaterThan(100);
    await controller.close();
    const log = await openEmbeddedLog({ directory: join(dataDir, 'registry') });
    const entries = await log.read(1, 1_000_000);
    await log.close();
    for (const name of ['1.tar', '2.tar', '3.tar']) {
      const target = join(folder, 'backups', name);
      const manifest = JSON.parse(
        String((await readAll(target)).get(MANIFEST_NAME)),
      ) as BackupManifest;
      const { sequence, hash, stateDigest } = manifest.machines.registry;
      expect(entries[sequence - 1]?.hash).toBe(hash);
      expect(digestAfter(entries.slice(0, sequence))).toBe(stateDigest);
    }
  }, 60_000);
});

/** Of the registry that the entries alone make. */
function digestAfter(entries: readonly LogEntry[]): string {
  const state = registryMachine.initial();
  for (const { commandId, payload, sequence } of entries) {
    if (commandId.startsWith('$')) continue;
    registryMachine.apply(state, registryMachine.decodeCommand(payload), sequence);
  }
  return sha256(registryMachine.encodeState(state));
}

/** Passes so many bytes of the answer on, then resets the connection. */
async function startCuttingProxy(port: number, bytesMax: number): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    let passed = 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      passed += chunk.length;
      client.write(chunk);
      if (passed > bytesMax) client.resetAndDestroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

describe('a backup of a controller that does not run', () => {
  test('takes the lock, so that it never reads beside a controller', async () => {
    const { dataDir, folder } = await startLab();
    const target = join(folder, 'backups', 'b.tar');
    const answer = await tarsctl(['backup', '--data', dataDir, target]);
    expect(answer).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('LOG_LOCKED') });
    expect(answer.stderr).toContain('--server');
    expect(leftInBackups(folder)).toEqual([]);
  });

  test('makes no folder where there is none', async () => {
    const folder = temporaryFolder();
    const answer = await tarsctl(['backup', '--data', join(folder, 'x'), join(folder, 'b.tar')]);
    expect(answer.exitCode).toBe(64);
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });
});
