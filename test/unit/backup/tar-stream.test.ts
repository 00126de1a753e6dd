/** What is written as a tar is read back, whatever pieces the bytes arrive in. */

import { describe, expect, test } from 'vitest';
import { collectBytes, once, type BackupEntry } from '../../../controller/backup/backup-entry.ts';
import { ByteReader } from '../../../controller/backup/byte-reader.ts';
import { readTar } from '../../../controller/backup/read-tar.ts';
import { writeTar } from '../../../controller/backup/write-tar.ts';
import { fc } from '../../support/seeded-property.ts';

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (let index = 0; start < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    yield bytes.subarray(start, start + size);
    start += size;
  }
}

async function tarOf(files: readonly Uint8Array[]): Promise<Buffer> {
  async function* entries(): AsyncGenerator<BackupEntry> {
    for (const [index, bytes] of files.entries()) {
      yield { name: `f/${index}`, sizeBytes: bytes.length, content: once(bytes) };
    }
  }
  return collectBytes(writeTar(entries(), 1), 2 ** 30);
}

describe('a tar stream', () => {
  test('gives back every file, in any pieces, also in empty ones', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 2_000 }), { maxLength: 5 }),
        fc.array(fc.integer({ min: 0, max: 1_500 }), { minLength: 1, maxLength: 5 }),
        async (files, sizes) => {
          const pieces = [...sizes, 700];
          const found: Uint8Array[] = [];
          for await (const { content, sizeBytes } of readTar(
            inPieces(await tarOf(files), pieces),
            'x',
          )) {
            found.push(new Uint8Array(await collectBytes(content, sizeBytes)));
          }
          expect(found).toEqual(files);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('lets go of its source when its reader stops early', async () => {
    let isClosed = false;
    const tar = await tarOf([new Uint8Array(5_000), new Uint8Array(5_000)]);
    async function* source() {
      try {
        yield* inPieces(tar, [512]);
      } finally {
        isClosed = true;
      }
    }
    for await (const { name } of readTar(source(), 'x')) {
      expect(name).toBe('f/0');
      break;
    }
    expect(isClosed).toBe(true);
  });
});

describe('bytes in portions', () => {
  test('are taken exactly, or as many as are there', async () => {
    const reader = new ByteReader(inPieces(Buffer.from('abcdefghij'), [3, 0, 1]));
    expect(String(await reader.take(4))).toBe('abcd');
    expect(Buffer.from((await reader.takeSome(2)) ?? []).toString()).toBe('ef');
    expect(await reader.isAtEnd()).toBe(false);
    expect(await reader.take(5)).toBeUndefined();
    expect(await reader.isAtEnd()).toBe(true);
    expect(await reader.takeSome(1)).toBeUndefined();
  });
});
