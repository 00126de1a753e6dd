/** Pushes a file to the patch store, piece by piece, and goes on where a broken connection stopped. */

import { createReadStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isTarsierError } from '../../errors/tarsier-error.ts';
import type {
  CreateUploadRequest,
  PackageVersionView,
  UploadView,
} from '../../link/packages/patch-api.ts';
import type { Digest } from '../../replica/core/blobs.ts';
import type { PatchClient } from './patch-client.ts';

export interface PushRequest {
  readonly package: string;
  readonly version: string;
  readonly file: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly by?: string;
  readonly comment?: string;
}

export interface PushProgress {
  readonly phase: 'sending' | 'checking' | 'waiting';
  readonly sentBytes: number;
  readonly totalBytes: number;
  /** Why it waits, in phase `waiting`. */
  readonly reason?: string;
}

export interface PushOutcome {
  /** `present`: the same bytes were there already, nothing was sent. */
  readonly outcome: 'pushed' | 'present';
  readonly version: PackageVersionView;
  /** Bytes that an earlier push had sent. */
  readonly resumedAtBytes: number;
}

export interface PushOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PushProgress) => void;
  /** Failures in a row, without a byte in between; 8 by default, about a minute. */
  readonly failuresMax?: number;
  /** Doubles with each failure; 500 ms by default. */
  readonly firstDelayMs?: number;
}

/** Each piece is one request, made durable before it is answered. */
const pieceBytesMax = 16 * 1024 ** 2;
const delayMsMax = 15_000;

/** Throws the controller's code; `PACKAGE_EXISTS` when the version has other bytes. */
export async function pushPackage(
  client: PatchClient,
  push: PushRequest,
  options: PushOptions = {},
): Promise<PushOutcome> {
  const { failuresMax = 8, firstDelayMs = 500, signal } = options;
  const attempt = new PushAttempts(client, push, options);
  let failures = 0;
  for (;;) {
    const before = attempt.sentBytes;
    try {
      return await attempt.run();
    } catch (error) {
      signal?.throwIfAborted();
      failures = attempt.sentBytes > before ? 1 : failures + 1;
      if (!attempt.isAnnounced || !mayHelpToRepeat(error) || failures >= failuresMax) throw error;
      attempt.report('waiting', (error as Error).message);
      await sleep(Math.min(firstDelayMs * 2 ** (failures - 1), delayMsMax), undefined, { signal });
    }
  }
}

class PushAttempts {
  /** Highest offset that the controller confirmed. */
  sentBytes = 0;
  readonly #client: PatchClient;
  readonly #push: PushRequest;
  readonly #options: PushOptions;
  /** Where this push began, once the controller has answered. */
  #resumedAtBytes: number | undefined;

  constructor(client: PatchClient, push: PushRequest, options: PushOptions) {
    this.#client = client;
    this.#push = push;
    this.#options = options;
  }

  /** Before that, a controller that is not there is better named at once than waited for. */
  get isAnnounced(): boolean {
    return this.#resumedAtBytes !== undefined;
  }

  /** From whatever is there to the end. */
  async run(): Promise<PushOutcome> {
    const { signal } = this.#options;
    const answer = await this.#client.createUpload(this.#announcement(), signal);
    if (answer.state === 'present') {
      // Our own earlier attempt may have finished without our hearing of it.
      const outcome = this.#resumedAtBytes === undefined ? 'present' : 'pushed';
      return { outcome, version: answer.version, resumedAtBytes: this.#resumedAtBytes ?? 0 };
    }
    let { upload } = answer;
    this.#resumedAtBytes ??= upload.offset;
    while (upload.offset < this.#push.sizeBytes) upload = await this.#sendPiece(upload);
    this.sentBytes = upload.offset;
    this.report('checking');
    const version = await this.#client.finishUpload(upload, signal);
    return { outcome: 'pushed', version, resumedAtBytes: this.#resumedAtBytes };
  }

  report(phase: PushProgress['phase'], reason?: string): void {
    this.#options.onProgress?.({
      phase,
      sentBytes: this.sentBytes,
      totalBytes: this.#push.sizeBytes,
      ...(reason !== undefined && { reason }),
    });
  }

  #announcement(): CreateUploadRequest {
    const { package: name, version, digest, sizeBytes, by, comment } = this.#push;
    return {
      package: name,
      version,
      digest,
      sizeBytes,
      ...(by !== undefined && { by }),
      ...(comment !== undefined && { comment }),
    };
  }

  async #sendPiece({ offset, ...upload }: UploadView): Promise<UploadView> {
    const { file, sizeBytes } = this.#push;
    const length = Math.min(pieceBytesMax, sizeBytes - offset);
    const content = createReadStream(file, { start: offset, end: offset + length - 1 });
    let read = offset;
    content.on('data', (chunk) => {
      read += chunk.length;
      const totalBytes = sizeBytes;
      this.#options.onProgress?.({ phase: 'sending', sentBytes: read, totalBytes });
    });
    const piece = { content, offset, length };
    const after = await this.#client.sendPiece({ ...upload, offset }, piece, this.#options.signal);
    this.sentBytes = after.offset;
    return after;
  }
}

function mayHelpToRepeat(error: unknown): boolean {
  if (!isTarsierError(error)) return false;
  // An upload can be collected, or finished by an answer that was lost: announcing it again tells.
  if (error.code === 'UPLOAD_NOT_FOUND') return true;
  const needsPeople = error.code === 'DISK_FULL' || error.code === 'PACKAGE_DIGEST_MISMATCH';
  return error.consequence === 'transient' && !needsPeople;
}
