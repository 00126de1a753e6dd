/** What is not exactly a whole backup is refused with a code that names it, whatever was done to it. */

import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MANIFEST_NAME, type BackupManifest } from '../../../controller/backup/manifest.ts';
import { openBackup } from '../../../controller/backup/open-backup.ts';
import { restoreInto } from '../../../controller/backup/restore-into.ts';
import {
  attempt,
  copyRecordedData,
  entriesOf,
  partsOf,
  readAll,
  sha256,
  tarOf,
  writeBackupOf,
  type BackupParts,
  type RawEntry,
} from '../../support/backup/backup-lab.ts';
import { header } from '../../support/packages/tar-archive.ts';
import { randomFrom } from '../../support/replica/seeded-random.ts';
import { memoryFolder } from '../../support/temporary-folder.ts';

const SEED = 20_261_127;

async function lab() {
  const folder = memoryFolder();
  const parts = await partsOf(copyRecordedData(folder));
  const tar = await tarOf(entriesOf(parts));
  return { folder, parts, tar, file: join(folder, 'the.tar') };
}

async function encryptedLab() {
  const made = await lab();
  const identity = await generateX25519Identity();
  const recipients = [await identityToRecipient(identity)];
  await writeBackupOf(made.parts, made.file, { recipients });
  const bytes = readFileSync(made.file);
  return { ...made, bytes, options: { identities: [identity] } };
}

/** The same with one bit turned. */
function flipped(bytes: Buffer, position: number, bit: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt8(changed.readUInt8(position) ^ (1 << bit), position);
  return changed;
}

describe('a backup that was cut or changed on the way', () => {
  test('a turned bit is noticed anywhere, unless it changes nothing of the content', async () => {
    const { tar, file } = await lab();
    const whole = await attempt(file, tar);
    expect(whole).toBeInstanceOf(Map);
    const random = randomFrom(SEED);
    let refused = 0;
    for (let position = 0; position < tar.length; position += 1 + random(12)) {
      const result = await attempt(file, flipped(tar, position, random(8)));
      // A few bits of a tar header are never read, such as those of the end of its checksum field.
      if (typeof result !== 'string') expect(result, `bit of byte ${position}`).toEqual(whole);
      else expect(['BACKUP_DAMAGED', 'BACKUP_TOO_NEW']).toContain(result);
      if (typeof result === 'string') refused += 1;
    }
    expect(refused).toBeGreaterThan(1_500);
  });

  test('it is whole only with its last byte, and without any more', async () => {
    const { tar, file } = await lab();
    const random = randomFrom(SEED);
    const lengths = new Set<number>();
    for (let end = 0; end < tar.length; end += 512) lengths.add(end).add(end + 1 + random(511));
    lengths.add(tar.length - 1).delete(tar.length);
    for (const length of [...lengths].filter((one) => one < tar.length)) {
      expect(await attempt(file, tar.subarray(0, length)), `cut at ${length}`).toBe(
        'BACKUP_DAMAGED',
      );
    }
    expect(await attempt(file, Buffer.concat([tar, Buffer.of(0)]))).toBe('BACKUP_DAMAGED');
    expect(await attempt(file, Buffer.concat([tar, tar]))).toBe('BACKUP_DAMAGED');
  });

  test('an encrypted one shows every turned bit and every cut', async () => {
    const { bytes, file, options } = await encryptedLab();
    expect(await attempt(file, bytes, options)).toBeInstanceOf(Map);
    const random = randomFrom(SEED);
    for (let count = 0; count < 300; count += 1) {
      // The first 200 bytes hold the header of age; the rest is one piece.
      const position = count < 150 ? random(220) : random(bytes.length);
      const result = await attempt(file, flipped(bytes, position, random(8)), options);
      expect(['BACKUP_DAMAGED', 'BACKUP_KEY_WRONG'], `byte ${position}`).toContain(result);
      const cut = await attempt(file, bytes.subarray(0, random(bytes.length)), options);
      expect(cut).toBe('BACKUP_DAMAGED');
    }
  });

  test('needs the key that it was made for', async () => {
    const { bytes, file } = await encryptedLab();
    const other = await generateX25519Identity();
    expect(await attempt(file, bytes, { identities: [other] })).toBe('BACKUP_KEY_WRONG');
    expect(await attempt(file, bytes)).toBe('BACKUP_KEY_WRONG');
  });

  test.each([
    ['empty', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(4_096)],
    ['words', Buffer.from('this is no backup at all\n'.repeat(100))],
    [
      'age without an end',
      Buffer.from(`age-encryption.org/v1\n${'-> X25519 abc\n'.repeat(99_999)}`),
    ],
    ['another tar', Buffer.concat([header({ path: 'a' }), Buffer.alloc(1_024)])],
  ])('a file of %s is none', async (_name, bytes) => {
    const identities = [await generateX25519Identity()];
    expect(await attempt(join(memoryFolder(), 'f'), bytes, { identities })).toBe('BACKUP_DAMAGED');
  });
});

type Forge = (parts: BackupParts) => BackupParts | readonly RawEntry[];

function withManifest(change: (manifest: BackupManifest) => object): Forge {
  return ({ manifest, files }) => ({ manifest: change(manifest) as BackupManifest, files });
}

function withFiles(change: (file: BackupManifest['files'][number]) => object): Forge {
  return withManifest((manifest) => ({ ...manifest, files: manifest.files.map(change) }));
}

describe('a backup whose manifest lies, with a sum that fits', () => {
  const rename = (to: string) =>
    withFiles((file) => (file.name === 'patch/snapshot' ? { ...file, name: to } : file));
  const resize = (to: number) =>
    withFiles((file) => (file.name === 'patch/snapshot' ? { ...file, sizeBytes: to } : file));

  test.each<[string, Forge, string]>([
    ['of a later format', withManifest((m) => ({ ...m, formatVersion: 2 })), 'BACKUP_TOO_NEW'],
    ['of no format', withManifest((m) => ({ ...m, formatVersion: 'x' })), 'BACKUP_DAMAGED'],
    ['that is a list', withManifest(() => []), 'BACKUP_DAMAGED'],
    ['that is null', withManifest(() => null as never), 'BACKUP_DAMAGED'],
    ['that leads out of the folder', rename('../../../etc/cron.d/x'), 'BACKUP_DAMAGED'],
    ['with a whole path', rename('/etc/passwd'), 'BACKUP_DAMAGED'],
    ['with a path through a package', rename('packages/sha256/../../x'), 'BACKUP_DAMAGED'],
    ['that names a file twice', rename('registry/snapshot'), 'BACKUP_DAMAGED'],
    ['with a size too small', resize(1), 'BACKUP_DAMAGED'],
    ['with a size too large', resize(2 ** 30), 'BACKUP_DAMAGED'],
    ['with a size beyond all limits', resize(2 ** 52), 'BACKUP_DAMAGED'],
    ['with a negative size', resize(-1), 'BACKUP_DAMAGED'],
    ['with a wrong sum', withFiles((f) => ({ ...f, sha256: 'a'.repeat(64) })), 'BACKUP_DAMAGED'],
    [
      'that knows fewer files',
      withManifest((m) => ({ ...m, files: m.files.slice(0, -1) })),
      'BACKUP_DAMAGED',
    ],
    ['that knows no files', withManifest((m) => ({ ...m, files: [] })), 'BACKUP_DAMAGED'],
    [
      'with a file that is not there',
      ({ manifest, files }) => ({ manifest, files: new Map([...files].slice(0, -1)) }),
      'BACKUP_DAMAGED',
    ],
    [
      'with files in another order',
      ({ manifest, files }) => ({ manifest, files: new Map([...files].toReversed()) }),
      'BACKUP_DAMAGED',
    ],
  ])('%s is refused', async (_name, forge, code) => {
    const { parts, file } = await lab();
    const forged = forge(parts);
    const entries = 'manifest' in forged ? entriesOf(forged) : forged;
    expect(await attempt(file, await tarOf(entries))).toBe(code);
  });

  test('of 100 GiB is not read into memory', async () => {
    const claimed = header({ path: MANIFEST_NAME, claimedBytes: 8 * 2 ** 30 - 1 });
    const file = join(memoryFolder(), 'f');
    expect(await attempt(file, Buffer.concat([claimed, Buffer.alloc(2 ** 20)]))).toBe(
      'BACKUP_DAMAGED',
    );
  });

  test.each([
    ['symbolic link', '2'],
    ['hard link', '1'],
    ['directory', '5'],
    ['device', '3'],
  ])('a %s in the tar is refused', async (_name, type) => {
    const { tar, file } = await lab();
    const link = header({ path: 'registry/snapshot', type, linkPath: '/etc/passwd' });
    const [manifestEnd] = [tar.indexOf('registry/snapshot\0')];
    const forged = Buffer.concat([tar.subarray(0, manifestEnd), link, Buffer.alloc(1_024)]);
    expect(await attempt(file, forged)).toBe('BACKUP_DAMAGED');
  });
});

describe('a backup whose parts do not belong together', () => {
  async function restoreForged(forge: (parts: BackupParts) => BackupParts): Promise<unknown> {
    const { parts, folder, file } = await lab();
    await writeBackupOf(forge(parts), file);
    const backup = await openBackup(file);
    onTestFinished(() => backup.close());
    const dataDir = join(folder, 'restored');
    const options = { where: file, version: 'test' };
    const outcome = await restoreInto(backup, dataDir, options).then(
      () => 'restored',
      (error: unknown) => error,
    );
    expect(existsSync(dataDir)).toBe(outcome === 'restored');
    expect(readdirSync(folder).filter((name) => name.includes('partial'))).toEqual([]);
    return outcome;
  }

  const machineWith = (change: object) => (parts: BackupParts) => {
    const { machines } = parts.manifest;
    const registry = { ...machines.registry, ...change };
    return { ...parts, manifest: { ...parts.manifest, machines: { ...machines, registry } } };
  };

  test('nothing forged is restored', async () => {
    expect(await restoreForged((parts) => parts)).toBe('restored');
  });

  test.each([
    ['another state digest', machineWith({ stateDigest: 'a'.repeat(64) })],
    ['another hash of the log', machineWith({ hash: 'a'.repeat(64) })],
    ['another sequence', machineWith({ sequence: 3 })],
    ['a place that no log has', machineWith({ sequence: 0 })],
    [
      'without a package that is referred to',
      ({ manifest, files }: BackupParts) => {
        const kept = manifest.files.slice(0, -1);
        const names = new Set(kept.map(({ name }) => name));
        return {
          manifest: { ...manifest, files: kept },
          files: new Map([...files].filter(([name]) => names.has(name))),
        };
      },
    ],
    [
      'the snapshot of something else',
      ({ manifest, files }: BackupParts) => {
        const bytes = Buffer.from('{"format":"tarsier-snapshot-1"}\nnothing');
        return {
          manifest: {
            ...manifest,
            files: manifest.files.map((file) =>
              file.name === 'patch/snapshot'
                ? { ...file, sizeBytes: bytes.length, sha256: sha256(bytes) }
                : file,
            ),
          },
          files: new Map([...files, ['patch/snapshot', bytes]]),
        };
      },
    ],
  ])('%s is refused, and leaves nothing', async (_name, forge) => {
    expect(await restoreForged(forge)).toMatchObject({
      code: 'BACKUP_DAMAGED',
      message: expect.stringContaining('the.tar'),
    });
  });
});

describe('a backup as a directory', () => {
  test('is read like a file, and shows the same damage', async () => {
    const { parts, folder, tar, file } = await lab();
    const directory = join(folder, 'as-directory');
    await writeBackupOf(parts, directory, { asDirectory: true });
    expect(await readAll(directory)).toEqual(await attempt(file, tar));

    const snapshot = join(directory, 'registry', 'snapshot');
    const bytes = readFileSync(snapshot);
    writeFileSync(snapshot, flipped(bytes, 300, 3));
    await expect(readAll(directory)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
    rmSync(snapshot);
    await expect(readAll(directory)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
    // A pipe would never end.
    spawnSync('mkfifo', [snapshot]);
    await expect(readAll(directory)).rejects.toMatchObject({
      code: 'BACKUP_DAMAGED',
      message: expect.stringContaining('is not a file'),
    });
  });

  test('is encrypted file by file', async () => {
    const { parts, folder, tar, file } = await lab();
    const identity = await generateX25519Identity();
    const recipients = [await identityToRecipient(identity)];
    const directory = join(folder, 'as-directory');
    await writeBackupOf(parts, directory, { asDirectory: true, recipients });
    const options = { identities: [identity] };
    expect(await readAll(directory, options)).toEqual(await attempt(file, tar));
    expect(readdirSync(directory, { recursive: true }).map(String)).toContain(
      'tarsier-backup.json.age',
    );
    const all = spawnSync('grep', ['-rl', 'Shop.CartServer', directory], { encoding: 'utf8' });
    expect(all.stdout).toBe('');
    await expect(readAll(directory)).rejects.toMatchObject({ code: 'BACKUP_KEY_WRONG' });
  });

  test('without a manifest is none', async () => {
    await expect(readAll(memoryFolder())).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
  });
});
