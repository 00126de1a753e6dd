/** What a backup says about itself, before anything else: which state it is, and which files it has. */

import { createHash } from 'node:crypto';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { backupDamaged, backupTooNew } from './backup-errors.ts';

export const MANIFEST_NAME = 'tarsier-backup.json';
/** Holds the SHA-256 of the manifest: a changed manifest is noticed before it is believed. */
export const MANIFEST_SUM_NAME = 'tarsier-backup.sha256';

const FORMAT_VERSION = 1;
export const MANIFEST_BYTES_MAX = 64 * 2 ** 20;
const FILES_MAX = 200_000;
/** A state has to fit into memory. */
const SNAPSHOT_BYTES_MAX = 2 ** 31 - 1;
const PACKAGE_BYTES_MAX = 64 * 2 ** 30;
const TOKEN_BYTES_MAX = 1_024;

export const machineNames = ['registry', 'patch'] as const;
export type MachineName = (typeof machineNames)[number];

export interface BackupFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Of a package, for people: a version that has this content. */
  readonly label?: string;
}

/** One state machine at one exact entry of its log. */
export interface MachineState {
  readonly sequence: number;
  /** The log's hash at `sequence`: the log goes on from it. */
  readonly hash: string;
  /** SHA-256 of the encoded state, lower-case hex. */
  readonly stateDigest: string;
}

export interface BackupManifest {
  readonly format: 'tarsier-backup';
  readonly formatVersion: number;
  /** Of Tarsier. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly cluster?: string;
  readonly machines: Readonly<Record<MachineName, MachineState>>;
  /** In the order in which they follow. */
  readonly files: readonly BackupFile[];
}

export function snapshotName(machine: MachineName): string {
  return `${machine}/snapshot`;
}

export function packageName(sha256: string): string {
  return `packages/sha256/${sha256}`;
}

export function tokenName(kind: string): string {
  return `tokens/${kind}`;
}

const hex = { type: 'string', pattern: '^[0-9a-f]{64}$' };
const whole = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const machine = {
  type: 'object',
  required: ['sequence', 'hash', 'stateDigest'],
  properties: { sequence: whole, hash: hex, stateDigest: hex },
};
const file = {
  type: 'object',
  required: ['name', 'sizeBytes', 'sha256'],
  properties: {
    // The only names there are: nothing that leads out of the folder can be said.
    name: {
      type: 'string',
      pattern:
        '^(registry/snapshot|patch/snapshot|packages/sha256/[0-9a-f]{64}|tokens/[a-z]{1,20})$',
    },
    sizeBytes: whole,
    sha256: hex,
    label: { type: 'string', maxLength: 1_000 },
  },
};
const validate = new Ajv2020({ allErrors: false }).compile<BackupManifest>({
  type: 'object',
  required: ['format', 'formatVersion', 'version', 'createdAt', 'machines', 'files'],
  properties: {
    format: { const: 'tarsier-backup' },
    formatVersion: { const: FORMAT_VERSION },
    version: { type: 'string', maxLength: 100 },
    createdAt: whole,
    cluster: { type: 'string', maxLength: 1_000 },
    machines: {
      type: 'object',
      required: [...machineNames],
      properties: { registry: machine, patch: machine },
    },
    files: { type: 'array', maxItems: FILES_MAX, items: file },
  },
});

export function makeManifest(
  parts: Omit<BackupManifest, 'format' | 'formatVersion'>,
): BackupManifest {
  return { format: 'tarsier-backup', formatVersion: FORMAT_VERSION, ...parts };
}

export function encodeManifest(manifest: BackupManifest): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`);
}

export function manifestSum(bytes: Uint8Array): Buffer {
  return Buffer.from(`${createHash('sha256').update(bytes).digest('hex')}\n`);
}

/** `BACKUP_TOO_NEW` or `BACKUP_DAMAGED`, which name `where`, unless everything in it can be true. */
export function decodeManifest(bytes: Uint8Array, where: string): BackupManifest {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw backupDamaged(where, `${MANIFEST_NAME} is not readable`, cause);
  }
  const { format, formatVersion } = (value ?? {}) as Partial<BackupManifest>;
  if (format === 'tarsier-backup' && Number(formatVersion) > FORMAT_VERSION) {
    throw backupTooNew(where, Number(formatVersion), FORMAT_VERSION);
  }
  if (!validate(value)) {
    const { instancePath = '', message = '' } = validate.errors?.[0] ?? {};
    throw backupDamaged(where, `${MANIFEST_NAME} is wrong at ${instancePath || '/'}: ${message}`);
  }
  checkFiles(value, where);
  return value;
}

function checkFiles({ files }: BackupManifest, where: string): void {
  const names = new Set(files.map(({ name }) => name));
  if (names.size !== files.length) throw backupDamaged(where, 'it names a file twice');
  for (const name of machineNames.map(snapshotName)) {
    if (!names.has(name)) throw backupDamaged(where, `it has no ${name}`);
  }
  for (const { name, sizeBytes, sha256 } of files) {
    if (sizeBytes > bytesMax(name)) {
      throw backupDamaged(
        where,
        `${name} has ${sizeBytes} bytes, more than any such file may have`,
      );
    }
    if (name.startsWith('packages/') && name !== packageName(sha256)) {
      throw backupDamaged(where, `${name} is not named by its content`);
    }
  }
}

function bytesMax(name: string): number {
  if (name.startsWith('packages/')) return PACKAGE_BYTES_MAX;
  return name.startsWith('tokens/') ? TOKEN_BYTES_MAX : SNAPSHOT_BYTES_MAX;
}

export function totalBytes({ files }: BackupManifest): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
