/** The HTTP interface of the patch store: paths and bodies that controller and clients agree on. */

import type { Digest } from '../../replica/core/blobs.ts';

/** Everything of the patch store lies below this path. */
export const patchPath = '/api/v1/patch';

/** Where agents fetch the bytes of a package: followed by `/<digest>`. */
export const patchContentPath = `${patchPath}/content`;

/** Byte position at which a piece of an upload begins. */
export const uploadOffsetHeader = 'tarsier-upload-offset';

export interface PackageVersionView {
  readonly package: string;
  readonly version: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** What it unpacks to. */
  readonly files: number;
  readonly unpackedBytes: number;
  /** Milliseconds since 1970. */
  readonly pushedAt: number;
  /** As the pusher said it; nothing depends on it. */
  readonly by: string;
  readonly comment: string;
  readonly isDefault: boolean;
  readonly source: 'push' | 'directory';
  /** Scopes whose desired state or targets name this version. */
  readonly usedBy: readonly string[];
}

export interface PackageListView {
  readonly items: readonly PackageVersionView[];
  readonly storedBytes: number;
}

export interface CreateUploadRequest {
  readonly package: string;
  readonly version: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly by?: string;
  readonly comment?: string;
}

/** `present`: the same bytes are there already, nothing is to be sent. */
export type CreateUploadResponse =
  | { readonly state: 'present'; readonly version: PackageVersionView }
  | { readonly state: 'open'; readonly upload: UploadView };

export interface UploadView {
  readonly id: string;
  readonly package: string;
  readonly version: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Bytes that are safely there: send on from here. */
  readonly offset: number;
}
