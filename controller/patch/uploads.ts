/** Uploads on disk: announced with size and digest, filled piece by piece, finished once. */

import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { isTarsierError, TarsierError } from '../../errors/tarsier-error.ts';
import { checkFreeSpace, diskFull, isDiskFull } from '../../link/packages/disk-space.ts';
import { checkPackageReference } from '../../link/packages/package-reference.ts';
import type {
  CreateUploadRequest,
  PackageVersionView,
  UploadView,
} from '../../link/packages/patch-api.ts';
import type { PackageContents } from './package-contents.ts';
import type { StoredPackages } from './stored-packages.ts';

export interface UploadsOptions {
  /** Owned by this object: `<folder>/<id>/{upload.json,content}`. */
  readonly folder: string;
  readonly packages: StoredPackages;
  readonly contents: PackageContents;
  readonly packageBytesMax: number;
  /** All stored packages together; absent: until the disk is full. */
  readonly storedBytesMax?: number;
  readonly now: () => number;
}

interface Upload {
  readonly id: string;
  readonly request: CreateUploadRequest;
  /** One at a time works on the content; a newer one sends the older one away. */
  writer: { readonly abort: AbortController; readonly done: Promise<unknown> } | undefined;
  finishing: Promise<PackageVersionView> | undefined;
}

export class Uploads {
  readonly #options: UploadsOptions;
  readonly #uploads = new Map<string, Upload>();

  private constructor(options: UploadsOptions) {
    this.#options = options;
  }

  /** Finds the uploads of the process before; an upload without its announcement is deleted. */
  static async open(options: UploadsOptions): Promise<Uploads> {
    const uploads = new Uploads(options);
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    for (const id of await readdir(options.folder)) await uploads.#load(id);
    return uploads;
  }

  /**
   * Announces an upload, or finds the open one of the same version and digest. Returns the version
   * when its bytes are there already. `PACKAGE_EXISTS`, `PACKAGE_TOO_LARGE`, `DISK_FULL`.
   */
  async create(request: CreateUploadRequest): Promise<UploadView | PackageVersionView> {
    checkPackageReference(request.package, request.version);
    const { packages } = this.#options;
    const present = packages.sameOrFree(request.package, request.version, request.digest);
    if (present !== undefined) return present;
    const begun = this.#findOpen(request);
    if (begun !== undefined) return this.#view(begun);
    await this.#checkRoom(request);
    const id = randomBytes(16).toString('hex');
    const folder = join(this.#options.folder, id);
    await mkdir(folder, { mode: 0o700 });
    await writeDurably(join(folder, 'content'), '');
    await writeDurably(join(folder, 'upload.json'), JSON.stringify(request));
    const upload: Upload = { id, request, writer: undefined, finishing: undefined };
    this.#uploads.set(id, upload);
    return this.#view(upload);
  }

  async view(id: string): Promise<UploadView> {
    return this.#view(this.#get(id));
  }

  /** Appends at `offset`, which must be the upload's; what came before a broken connection stays. */
  async append(id: string, offset: number, body: Readable): Promise<UploadView> {
    const upload = this.#get(id);
    // A client that was killed may have left a connection that has not ended yet.
    upload.writer?.abort.abort();
    await upload.writer?.done;
    if (upload.writer !== undefined || upload.finishing !== undefined) {
      throw new TarsierError('UPLOAD_OFFSET', `Upload ${id} is being written by another client.`);
    }
    const abort = new AbortController();
    addAbortSignal(abort.signal, body);
    const written = this.#write(upload, offset, body);
    const done = Promise.allSettled([written]);
    upload.writer = { abort, done };
    try {
      await written;
    } catch (error) {
      if (abort.signal.aborted) throw takenOver(id);
      if (!isDiskFull(error)) throw error;
      await this.#remove(id);
      throw diskFull(this.#options.folder, error);
    } finally {
      upload.writer = undefined;
    }
    return this.#view(upload);
  }

  /** Verifies, records, and forgets the upload. Whatever is wrong with the content ends it, too. */
  async finish(id: string): Promise<PackageVersionView> {
    const upload = this.#get(id);
    upload.finishing ??= this.#finish(upload).finally(() => {
      upload.finishing = undefined;
    });
    return upload.finishing;
  }

  /** Gives an upload up. `UPLOAD_NOT_FOUND`. */
  async cancel(id: string): Promise<void> {
    await this.#remove(this.#get(id).id);
  }

  async #remove(id: string): Promise<void> {
    this.#uploads.delete(id);
    await rm(join(this.#options.folder, id), { recursive: true, force: true });
  }

  /** Removes uploads that nobody has written to for `idleMs`. */
  async removeStale(idleMs: number): Promise<readonly string[]> {
    const removed: string[] = [];
    for (const { id, writer, finishing } of this.#uploads.values()) {
      if (writer !== undefined || finishing !== undefined) continue;
      const { mtimeMs } = await stat(this.#contentFile(id));
      if (this.#options.now() - mtimeMs < idleMs) continue;
      await this.#remove(id);
      removed.push(id);
    }
    return removed;
  }

  async #write(upload: Upload, offset: number, body: AsyncIterable<Buffer>): Promise<void> {
    const content = await open(this.#contentFile(upload.id), 'r+');
    try {
      const { size } = await content.stat();
      if (size !== offset) {
        const message = `Upload ${upload.id} has ${size} bytes; a piece that begins at ${offset} does not fit.`;
        throw new TarsierError('UPLOAD_OFFSET', message, { details: { offset: size } });
      }
      let position = offset;
      for await (const chunk of body) {
        if (position + chunk.length > upload.request.sizeBytes) {
          const message = `More bytes than the ${upload.request.sizeBytes} that were announced.`;
          throw new TarsierError('PACKAGE_TOO_LARGE', message);
        }
        position += (await content.write(chunk, 0, chunk.length, position)).bytesWritten;
      }
      await content.sync();
    } finally {
      await content.close();
    }
  }

  async #finish(upload: Upload): Promise<PackageVersionView> {
    const { request, id } = upload;
    const { offset } = await this.#view(upload);
    if (upload.writer !== undefined || offset !== request.sizeBytes) {
      const message = `Upload ${id} has ${offset} of ${request.sizeBytes} bytes.`;
      throw new TarsierError('UPLOAD_INCOMPLETE', message, { details: { offset } });
    }
    try {
      const view = await this.#options.contents.admit(
        this.#contentFile(id),
        request.digest,
        async (summary) =>
          this.#options.packages.add(request.package, request.version, {
            digest: request.digest,
            sizeBytes: request.sizeBytes,
            ...summary,
            pushedAt: this.#options.now(),
            by: request.by ?? '',
            comment: request.comment ?? '',
            source: 'push',
          }),
      );
      await this.#remove(id);
      return view;
    } catch (error) {
      const isTaken = !(await exists(this.#contentFile(id)));
      if (isTaken || isFinal(error)) await this.#remove(id);
      throw error;
    }
  }

  #findOpen(request: CreateUploadRequest): Upload | undefined {
    return this.#uploads
      .values()
      .find(
        (upload) =>
          upload.request.package === request.package &&
          upload.request.version === request.version &&
          upload.request.digest === request.digest &&
          upload.request.sizeBytes === request.sizeBytes,
      );
  }

  async #checkRoom({ sizeBytes }: CreateUploadRequest): Promise<void> {
    const { packageBytesMax, storedBytesMax = Infinity, packages, folder } = this.#options;
    if (sizeBytes > packageBytesMax) {
      const message = `The package has ${sizeBytes} bytes; the limit is ${packageBytesMax}.`;
      throw new TarsierError('PACKAGE_TOO_LARGE', message);
    }
    const announcedBytes = this.#uploads
      .values()
      .reduce((sum, upload) => sum + upload.request.sizeBytes, 0);
    if (packages.storedBytes() + announcedBytes + sizeBytes > storedBytesMax) {
      const message = `The package has ${sizeBytes} bytes, and the quota of ${storedBytesMax} bytes for all packages is used up.`;
      throw new TarsierError('PACKAGE_TOO_LARGE', message);
    }
    // Where storing means copying, the upload and the stored content are there at the same moment.
    const copies = this.#options.contents.blobs.adopt === undefined ? 2 : 1;
    await checkFreeSpace(folder, copies * sizeBytes);
  }

  async #load(id: string): Promise<void> {
    const folder = join(this.#options.folder, id);
    try {
      // Gone when the process was killed between storing the content and recording it.
      await stat(this.#contentFile(id));
      const request = JSON.parse(await readFile(join(folder, 'upload.json'), 'utf8'));
      this.#uploads.set(id, { id, request, writer: undefined, finishing: undefined });
    } catch {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #view(upload: Upload): Promise<UploadView> {
    const { size } = await stat(this.#contentFile(upload.id));
    const { package: name, version, digest, sizeBytes } = upload.request;
    return { id: upload.id, package: name, version, digest, sizeBytes, offset: size };
  }

  #get(id: string): Upload {
    const upload = this.#uploads.get(id);
    if (upload !== undefined) return upload;
    throw new TarsierError('UPLOAD_NOT_FOUND', `There is no upload ${JSON.stringify(id)}.`);
  }

  #contentFile(id: string): string {
    return join(this.#options.folder, id, 'content');
  }
}

/** Whether sending the same bytes again, or waiting, cannot help: or they only take up space. */
function isFinal(error: unknown): boolean {
  if (!isTarsierError(error)) return false;
  const { code, consequence } = error;
  return consequence === 'terminal' || code === 'PACKAGE_DIGEST_MISMATCH' || code === 'DISK_FULL';
}

function takenOver(id: string): TarsierError {
  return new TarsierError('UPLOAD_OFFSET', `Upload ${id} was taken over by a newer connection.`);
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
