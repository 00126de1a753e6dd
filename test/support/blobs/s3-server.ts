/** A real store that speaks the S3 API, on loopback, in a folder of its own. */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { request } from 'undici';
import { temporaryFolder } from '../temporary-folder.ts';

export const s3Key = { accessKeyId: 'tarsier-test', secretAccessKey: 'a secret of this test' };

const program = 'versitygw';
const builtFolder = join(tmpdir(), 'tarsier-s3-server');

/** `undefined` when this machine has none; `obtain-s3-server.ts` builds one. */
export function findS3Server(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), builtFolder];
  return folders.map((folder) => join(folder, program)).find((file) => existsSync(file));
}

export function obtainS3Server(): string {
  const found = findS3Server();
  if (found !== undefined) return found;
  execFileSync('go', ['install', 'github.com/versity/versitygw/cmd/versitygw@v1.8.0'], {
    env: { ...process.env, GOBIN: builtFolder },
    stdio: 'inherit',
  });
  return join(builtFolder, program);
}

export interface S3Server {
  readonly bucketUrl: string;
  /** Where the objects are files. */
  readonly bucketFolder: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

export async function startS3Server(file: string): Promise<S3Server> {
  const folder = temporaryFolder();
  const bucketFolder = join(folder, 'packages');
  mkdirSync(bucketFolder);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let stop = async (): Promise<void> => {};
  const start = async () => {
    const { accessKeyId, secretAccessKey } = s3Key;
    const keys = ['--access', accessKeyId, '--secret', secretAccessKey];
    const child = spawn(file, [...keys, '--port', `127.0.0.1:${port}`, 'posix', folder], {
      stdio: 'ignore',
    });
    stop = async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    };
    const answers = async () => (await request(url).catch(() => undefined)) !== undefined;
    await expect.poll(answers, { timeout: 20_000 }).toBe(true);
  };
  await start();
  onTestFinished(() => stop());
  return { bucketUrl: `${url}/packages`, bucketFolder, start, stop: () => stop() };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
