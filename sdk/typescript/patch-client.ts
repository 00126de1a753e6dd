/** The patch store from outside: lists, changes, and the requests that an upload consists of. */

import type { Readable } from 'node:stream';
import { request, type Dispatcher } from 'undici';
import {
  patchPath,
  uploadOffsetHeader,
  type CreateUploadRequest,
  type CreateUploadResponse,
  type PackageListView,
  type PackageVersionView,
  type UploadView,
} from '../../link/packages/patch-api.ts';
import { errorOfAnswer, unreachable } from './answer-errors.ts';

export interface PatchClientOptions {
  /** Base URL of the controller, such as `http://127.0.0.1:7400`. */
  readonly serverUrl: string;
  /** Needed for every change. */
  readonly publishToken?: string | undefined;
  /** Needed for lists beyond loopback. */
  readonly readToken?: string | undefined;
  /** For certificates that the system does not know. */
  readonly dispatcher?: Dispatcher;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface Call {
  readonly path: string;
  readonly json?: unknown;
  readonly bytes?: { readonly content: Readable; readonly offset: number; readonly length: number };
  readonly signal?: AbortSignal | undefined;
  /** Without a byte of the answer for this long, the connection counts as broken. */
  readonly timeoutMs?: number;
}

const answerTimeoutMs = 60_000;
/** The controller reads the whole package before it answers. */
const finishTimeoutMs = 10 * 60_000;

/**
 * Failures throw the controller's own code, or `API_UNREACHABLE` when it cannot be reached. Safe to
 * repeat, all of them: versions never change, and pieces of an upload say where they begin.
 */
export class PatchClient {
  readonly #options: PatchClientOptions;

  constructor(options: PatchClientOptions) {
    this.#options = options;
  }

  list(): Promise<PackageListView> {
    return this.#call('GET', { path: '/packages' });
  }

  show(name: string): Promise<{ readonly items: readonly PackageVersionView[] }> {
    return this.#call('GET', { path: `/packages/${encodeURIComponent(name)}` });
  }

  /** Refused with `PACKAGE_IN_USE` while a service asks for the version or runs it. */
  delete(name: string, version: string): Promise<PackageVersionView> {
    return this.#call('DELETE', { path: `/packages/${versionPath(name, version)}` });
  }

  setDefault(name: string, version: string): Promise<PackageVersionView> {
    const path = `/packages/${encodeURIComponent(name)}/default`;
    return this.#call('PUT', { path, json: { version } });
  }

  createUpload(about: CreateUploadRequest, signal?: AbortSignal): Promise<CreateUploadResponse> {
    return this.#call('POST', { path: '/uploads', json: about, signal });
  }

  /** Sends `length` bytes that belong at `offset`. */
  sendPiece(
    upload: UploadView,
    piece: { readonly content: Readable; readonly offset: number; readonly length: number },
    signal?: AbortSignal,
  ): Promise<UploadView> {
    return this.#call('PATCH', { path: `/uploads/${upload.id}`, bytes: piece, signal });
  }

  finishUpload(upload: UploadView, signal?: AbortSignal): Promise<PackageVersionView> {
    const path = `/uploads/${upload.id}/finish`;
    return this.#call('POST', { path, signal, timeoutMs: finishTimeoutMs });
  }

  async #call<T>(method: Method, call: Call): Promise<T> {
    const response = await this.#request(method, call);
    const text = await response.body.text().catch((error: unknown) => {
      throw unreachable(this.#options.serverUrl, error);
    });
    if (response.statusCode < 300) return JSON.parse(text) as T;
    throw errorOfAnswer(this.#options.serverUrl, response.statusCode, text);
  }

  async #request(method: Method, call: Call): Promise<Dispatcher.ResponseData> {
    const { publishToken, readToken, dispatcher, serverUrl } = this.#options;
    const token = method === 'GET' ? (readToken ?? publishToken) : publishToken;
    try {
      return await request(new URL(patchPath + call.path, serverUrl), {
        method,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(call.json !== undefined && { 'content-type': 'application/json' }),
          ...(call.bytes !== undefined && {
            'content-type': 'application/octet-stream',
            'content-length': String(call.bytes.length),
            [uploadOffsetHeader]: String(call.bytes.offset),
          }),
        },
        body: call.bytes?.content ?? (call.json === undefined ? null : JSON.stringify(call.json)),
        headersTimeout: call.timeoutMs ?? answerTimeoutMs,
        bodyTimeout: answerTimeoutMs,
        ...(call.signal !== undefined && { signal: call.signal }),
        ...(dispatcher !== undefined && { dispatcher }),
      });
    } catch (error) {
      call.signal?.throwIfAborted();
      throw unreachable(this.#options.serverUrl, error);
    }
  }
}

function versionPath(name: string, version: string): string {
  return `${encodeURIComponent(name)}/${encodeURIComponent(version)}`;
}
