/** A server of package bytes that can misbehave, and a release store that fetches from it. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import {
  httpPackageSource,
  type PackageSource,
} from '../../../nodeagent/release/package-source.ts';
import {
  ReleaseStore,
  type InstallRequest,
  type ReleaseStoreOptions,
} from '../../../nodeagent/release/release-store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { digestOf } from './random-package.ts';

export const agentToken = 'agent-token';
export const quickRetry = { failuresMax: 5, firstDelayMs: 1, delayMsMax: 5 };

/** Serves package bytes by digest; `misbehave` may answer in its stead. */
export class Origin {
  readonly requests: {
    readonly range: string | undefined;
    readonly authorization: string | undefined;
  }[] = [];
  readonly packages = new Map<string, Buffer>();
  misbehave: (request: IncomingMessage, response: ServerResponse, bytes: Buffer) => boolean = () =>
    false;
  url = '';

  static async start(): Promise<Origin> {
    const origin = new Origin();
    const server = createServer((request, response) => origin.#answer(request, response));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    origin.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/content`;
    return origin;
  }

  add(bytes: Buffer, version = '1.0.0'): InstallRequest {
    const digest = digestOf(bytes);
    this.packages.set(digest, bytes);
    const name = 'Shop.CartServer';
    return { service: name, package: name, version, digest, sizeBytes: bytes.length };
  }

  source(): PackageSource {
    return httpPackageSource({
      contentUrl: () => this.url,
      token: () => agentToken,
      idleTimeoutMs: 2_000,
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { range, authorization } = request.headers;
    this.requests.push({ range, authorization });
    const bytes = this.packages.get(request.url?.replace('/content/', '') ?? '');
    if (bytes === undefined) {
      response.writeHead(404).end();
      return;
    }
    if (this.misbehave(request, response, bytes)) return;
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': bytes.length - start,
      ...(start > 0 && { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
    });
    response.end(bytes.subarray(start));
  }
}

export interface ReleaseLab {
  readonly origin: Origin;
  readonly dataDir: string;
  readonly store: ReleaseStore;
  open(options?: Partial<ReleaseStoreOptions>): Promise<ReleaseStore>;
}

export async function startReleaseLab(
  options: Partial<ReleaseStoreOptions> = {},
): Promise<ReleaseLab> {
  const origin = await Origin.start();
  const dataDir = temporaryFolder();
  const open = (more: Partial<ReleaseStoreOptions> = {}) =>
    ReleaseStore.open({
      dataDir,
      source: origin.source(),
      now: () => Date.now(),
      retry: quickRetry,
      ...options,
      ...more,
    });
  return { origin, dataDir, open, store: await open() };
}
