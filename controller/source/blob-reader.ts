/** Reads objects in bulk through one long-lived `git cat-file --batch-command`. */

import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { assert } from '../../errors/assert.ts';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { gitEnvironment, hardenedArguments } from './git-hardening.ts';
import { gitNotStarted, killProcessGroup } from './git-process.ts';

export interface ObjectHeader {
  readonly objectId: string;
  readonly type: string;
  readonly sizeBytes: number;
}

export interface GitObject extends ObjectHeader {
  readonly content: Buffer;
}

interface Request {
  /** An object id, a reference, or `<commit>:<path>`. */
  readonly name: string;
  readonly wantsContent: boolean;
  readonly bytesMax: number;
  readonly resolve: (object: GitObject | undefined) => void;
  readonly reject: (error: unknown) => void;
}

type CatFile = ChildProcessByStdio<Writable, Readable, Readable>;

/** Without a single byte for this long, the process counts as stuck. */
const SILENCE_MS_MAX = 30_000;
const NEWLINE = 10;

function assertObjectId(text: string): void {
  assert(/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text), `${JSON.stringify(text)} is no object id`);
}

/** One process, started at the first read and again after it died. Reads are answered in order. */
export class BlobReader {
  readonly #gitFolder: string;
  #child: CatFile | undefined;
  #requests: Request[] = [];
  #chunks: Buffer[] = [];
  #bufferedBytes = 0;
  #neededBytes = 0;
  #silence: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(gitFolder: string) {
    this.#gitFolder = gitFolder;
  }

  /** Type and size. `undefined` if there is no such object. */
  async header(objectId: string): Promise<ObjectHeader | undefined> {
    assertObjectId(objectId);
    return this.#ask(objectId, false, 0);
  }

  /** What a full name of a reference, such as `refs/heads/main`, stands for now. */
  async headerOf(reference: string): Promise<ObjectHeader | undefined> {
    assert(/^refs\/[\w/.-]+$/.test(reference), `${JSON.stringify(reference)} is no reference`);
    return this.#ask(reference, false, 0);
  }

  /** What stands at `path`, a checked sub-path, in a commit; its root for `''`. */
  async headerAt(commit: string, path: string): Promise<ObjectHeader | undefined> {
    assertObjectId(commit);
    return this.#ask(`${commit}:${path}`, false, 0);
  }

  /** `undefined` if there is no such object; `SOURCE_BLOB_TOO_LARGE` beyond `bytesMax`. */
  read(objectId: string, bytesMax: number): Promise<GitObject | undefined> {
    assertObjectId(objectId);
    return this.#ask(objectId, true, bytesMax);
  }

  close(): void {
    this.#closed = true;
    this.#stop(new TarsierError('SOURCE_STOPPED', 'Reading the repository was stopped.'));
  }

  #ask(name: string, wantsContent: boolean, bytesMax: number): Promise<GitObject | undefined> {
    if (this.#closed) throw new TarsierError('SOURCE_STOPPED', 'The repository is closed.');
    return new Promise((resolve, reject) => {
      const child = (this.#child ??= this.#start());
      this.#requests.push({ name, wantsContent, bytesMax, resolve, reject });
      if (this.#requests.length === 1) this.#watchSilence();
      child.stdin.write(`${wantsContent ? 'contents' : 'info'} ${name}\n`);
    });
  }

  #start(): CatFile {
    const args = [
      ...hardenedArguments,
      '--git-dir',
      this.#gitFolder,
      'cat-file',
      '--batch-command',
    ];
    const child = spawn('git', args, {
      env: gitEnvironment('none'),
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const fail = (error: TarsierError) => {
      if (this.#child === child) this.#stop(error);
    };
    let words = '';
    child.stderr.on('data', (chunk: Buffer) => {
      words = (words + chunk.toString('utf8')).slice(-500);
    });
    child.stdout.on('data', (chunk: Buffer) => {
      if (this.#child === child) this.#receive(child, chunk);
    });
    child.stdin.on('error', () => undefined);
    child.on('error', (cause) => fail(gitNotStarted(cause)));
    child.on('close', () =>
      fail(
        new TarsierError('SOURCE_MIRROR_DAMAGED', 'git ended while objects were read.', {
          details: { git: words },
        }),
      ),
    );
    return child;
  }

  #stop(error: TarsierError): void {
    clearTimeout(this.#silence);
    killProcessGroup(this.#child?.pid);
    this.#child?.stdin.destroy();
    this.#child = undefined;
    this.#chunks = [];
    this.#bufferedBytes = 0;
    this.#neededBytes = 0;
    const requests = this.#requests;
    this.#requests = [];
    for (const request of requests) request.reject(error);
  }

  #watchSilence(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(
      () => this.#stop(new TarsierError('SOURCE_TIMEOUT', 'git stopped answering.')),
      SILENCE_MS_MAX,
    ).unref();
  }

  #receive(child: CatFile, chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bufferedBytes += chunk.length;
    if (this.#bufferedBytes < this.#neededBytes) return;
    let buffer = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    this.#neededBytes = 0;
    for (;;) {
      const taken = this.#takeAnswer(buffer);
      if (taken === 0) break;
      buffer = buffer.subarray(taken);
    }
    if (this.#child !== child) return;
    this.#chunks = buffer.length === 0 ? [] : [buffer];
    this.#bufferedBytes = buffer.length;
    if (this.#requests.length === 0) clearTimeout(this.#silence);
    else this.#silence?.refresh();
  }

  /** Answers the oldest request from the start of `buffer`; returns the bytes used, 0 if too few. */
  #takeAnswer(buffer: Buffer): number {
    const request = this.#requests[0];
    const lineEnd = buffer.indexOf(NEWLINE);
    if (request === undefined || lineEnd < 0) return 0;
    const line = buffer.toString('latin1', 0, lineEnd);
    const header = /^([0-9a-f]+) (\w+) (\d+)$/.exec(line);
    if (header === null) {
      this.#requests.shift();
      request.resolve(undefined);
      return lineEnd + 1;
    }
    const [, objectId = '', type = ''] = header;
    const sizeBytes = Number(header[3]);
    if (!request.wantsContent) {
      this.#requests.shift();
      request.resolve({ objectId, type, sizeBytes, content: Buffer.alloc(0) });
      return lineEnd + 1;
    }
    if (sizeBytes > request.bytesMax) {
      this.#refuseLarge(request, sizeBytes);
      return 0;
    }
    const end = lineEnd + 1 + sizeBytes;
    if (buffer.length < end + 1) {
      this.#neededBytes = end + 1;
      return 0;
    }
    this.#requests.shift();
    // A copy, so that a small object does not keep a whole chunk of the pipe in memory.
    const content = Buffer.from(buffer.subarray(lineEnd + 1, end));
    request.resolve({ objectId, type, sizeBytes, content });
    return end + 1;
  }

  /** The content is on its way and cannot be called off, so the process is started anew. */
  #refuseLarge(request: Request, sizeBytes: number): void {
    this.#requests.shift();
    request.reject(
      new TarsierError(
        'SOURCE_BLOB_TOO_LARGE',
        `The object ${request.name} has ${sizeBytes} bytes, more than ${request.bytesMax}.`,
      ),
    );
    const waiting = this.#requests;
    this.#requests = [];
    this.#stop(new TarsierError('SOURCE_STOPPED', 'Reading is started anew.'));
    for (const { name, wantsContent, bytesMax, resolve, reject } of waiting) {
      this.#ask(name, wantsContent, bytesMax).then(resolve, reject);
    }
  }
}
