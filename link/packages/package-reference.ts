/** How packages are named: the grammar of name and version, and the folder of an unpacked release. */

import { TarsierError } from '../../errors/tarsier-error.ts';
import type { Digest } from '../../replica/core/blobs.ts';

/** The stored bytes of one version. */
export interface PackageArtifact {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

const namePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}(\.[A-Za-z0-9][A-Za-z0-9_-]{0,63}){0,3}$/;
const versionPattern = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/;
const digestPattern = /^sha256:[0-9a-f]{64}$/;

export function isPackageName(text: string): boolean {
  return namePattern.test(text);
}

export function isPackageVersion(text: string): boolean {
  return versionPattern.test(text) && !text.includes('..');
}

export function isDigest(text: string): text is Digest {
  return digestPattern.test(text);
}

/** Throws `PACKAGE_NAME_INVALID` unless both can safely be part of a path and a URL. */
export function checkPackageReference(name: string, version: string): void {
  if (!isPackageName(name)) {
    throw new TarsierError('PACKAGE_NAME_INVALID', `${quote(name)} is not a name of a package.`);
  }
  if (!isPackageVersion(version)) {
    throw new TarsierError(
      'PACKAGE_NAME_INVALID',
      `${quote(version)} is not a version of package ${name}.`,
    );
  }
}

/** The first 12 digits: enough to tell releases apart, short enough to read. */
function shortDigest(digest: Digest): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}

/** Name of the folder of an unpacked release: `<version>-<first 12 digits of the digest>`. */
export function releaseFolderName(version: string, digest: Digest): string {
  return `${version}-${shortDigest(digest)}`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
