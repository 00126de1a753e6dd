/** Makes a package of an upload that is none: a jar of a Java service is wrapped as it is. */

import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TarsierError } from '../../errors/tarsier-error.ts';
import { packDirectory } from '../patch/pack-directory.ts';
import type { ReceivedFile } from './receive-package.ts';

/** Zip archives, which jar and war files are, begin like this. */
const ZIP_MAGIC = 'PK\u0003\u0004';
const GZIP_LEVEL = 6;

/** The file itself when it needs no wrapping. `PACKAGE_FORMAT` for a war or another zip archive. */
export async function wrapUpload(file: ReceivedFile, service: string): Promise<ReceivedFile> {
  if ((await beginningOf(file.path)) !== ZIP_MAGIC) return file;
  if (!/\.jar$/i.test(file.name)) {
    throw new TarsierError(
      'PACKAGE_FORMAT',
      `${JSON.stringify(file.name)} is a zip archive, and packages are gzipped tar archives.`,
      {
        hint: 'Of a war: mkdir war && cd war && jar xf ../x.war && tar czf ../x.tgz . and upload x.tgz. A jar is taken as it is, when its name ends in .jar.',
      },
    );
  }
  const folder = `${file.path}.jar`;
  try {
    await mkdir(folder, { mode: 0o700 });
    await rename(file.path, join(folder, `${service}.jar`));
    const packed = await packDirectory(folder, file.path, { gzipLevel: GZIP_LEVEL });
    return {
      ...file,
      digest: packed.digest as ReceivedFile['digest'],
      sizeBytes: packed.sizeBytes,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function beginningOf(path: string): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(ZIP_MAGIC.length));
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
