/**
 * Packs a directory into a package, the same bytes for the same content: entries sorted, times and
 * owners left out, modes 0755 and 0644.
 *
 * Left out: `.git`, `.hg`, `.svn`, `.DS_Store`, and `.bin` and `.cache` inside `node_modules` (links
 * and leftovers of package managers). Every other hidden file is packed: services need some of them.
 */

import { createHash } from 'node:crypto';
import { createWriteStream, type Dirent } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Header, Pax } from 'tar';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { safePath } from '../../link/packages/archive-entries.ts';
import { defaultArchiveLimits } from '../../link/packages/archive-limits.ts';
import type { PackageArtifact } from '../../link/packages/package-reference.ts';

export interface PackOptions {
  /** 1 is fast, 9 is small; the level is part of what the digest depends on. */
  readonly gzipLevel: number;
}

interface SourceEntry {
  readonly type: 'file' | 'directory';
  /** Relative to the directory, with `/`. */
  readonly path: string;
}

const leftOut: ReadonlySet<string> = new Set(['.git', '.hg', '.svn', '.DS_Store']);
const leftOutOfNodeModules: ReadonlySet<string> = new Set(['.bin', '.cache']);
const blockBytes = 512;
const endOfArchive = Buffer.alloc(2 * blockBytes);

/** Whether packing passes over this path (absolute or relative). */
export function isLeftOut(path: string): boolean {
  const name = basename(path);
  if (leftOut.has(name)) return true;
  return leftOutOfNodeModules.has(name) && basename(join(path, '..')) === 'node_modules';
}

/** Writes the package to `file`. `PACKAGE_DIRECTORY_INVALID` names the path that cannot be packed. */
export async function packDirectory(
  directory: string,
  file: string,
  options: PackOptions,
): Promise<PackageArtifact> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  await pipeline(
    Readable.from(tarOf(directory), { objectMode: false }),
    createGzip({ level: options.gzipLevel }),
    async function* (packed: AsyncIterable<Buffer>) {
      for await (const chunk of packed) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        yield chunk;
      }
    },
    createWriteStream(file, { mode: 0o600 }),
  );
  return { digest: `sha256:${hash.digest('hex')}`, sizeBytes };
}

async function* tarOf(directory: string): AsyncGenerator<Buffer> {
  let files = 0;
  for await (const entry of entriesOf(directory, '')) {
    if (entry.type === 'directory') {
      yield headerOf(`${entry.path}/`, 'Directory', 0o755, 0);
    } else {
      files += 1;
      yield* fileOf(directory, entry.path);
    }
  }
  if (files === 0) throw invalid(directory, 'holds no file');
  yield endOfArchive;
}

async function* entriesOf(root: string, folder: string): AsyncGenerator<SourceEntry> {
  const children = await readdir(join(root, folder), { withFileTypes: true });
  children.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const child of children) {
    const path = folder === '' ? child.name : `${folder}/${child.name}`;
    if (isLeftOut(path)) continue;
    const type = typeOf(child, join(root, path));
    checkPath(path, root);
    yield { type, path };
    if (type === 'directory') yield* entriesOf(root, path);
  }
}

function typeOf(child: Dirent, path: string): 'file' | 'directory' {
  if (child.isDirectory()) return 'directory';
  if (child.isFile()) return 'file';
  if (child.isSymbolicLink()) throw invalid(path, 'is a symbolic link; put the file itself there');
  throw invalid(path, 'is neither a file nor a directory');
}

function checkPath(path: string, root: string): void {
  try {
    safePath(path, defaultArchiveLimits);
  } catch (error) {
    throw invalid(join(root, path), 'has a name that is not allowed in a package', error);
  }
}

async function* fileOf(root: string, path: string): AsyncGenerator<Buffer> {
  const handle = await open(join(root, path), 'r');
  try {
    const { size, mode } = await handle.stat();
    yield headerOf(path, 'File', (mode & 0o111) === 0 ? 0o644 : 0o755, size);
    let left = size;
    const content = handle.createReadStream({
      autoClose: false,
      ...(size > 0 && { end: size - 1 }),
    });
    if (size > 0) {
      for await (const chunk of content as AsyncIterable<Buffer>) {
        left -= chunk.length;
        yield chunk;
      }
    }
    if (left !== 0) throw invalid(join(root, path), 'changed while it was packed; try again');
    yield Buffer.alloc((blockBytes - (size % blockBytes)) % blockBytes);
  } finally {
    await handle.close();
  }
}

function headerOf(path: string, type: 'File' | 'Directory', mode: number, size: number): Buffer {
  const about = { path, type, mode, size, mtime: new Date(0) };
  const header = new Header(about);
  const needsPax = header.encode();
  const block = header.block ?? Buffer.alloc(0);
  return needsPax ? Buffer.concat([new Pax({ path, size }).encode(), block]) : block;
}

function invalid(path: string, why: string, cause?: unknown): TarsierError {
  return new TarsierError('PACKAGE_DIRECTORY_INVALID', `Cannot pack: ${path} ${why}.`, { cause });
}
