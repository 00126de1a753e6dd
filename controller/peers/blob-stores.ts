/** The stores of blobs that controllers give each other access to, and where. */

export const blobStores = ['registry-snapshots', 'patch-snapshots', 'packages'] as const;

export type BlobStore = (typeof blobStores)[number];

/** What stands in front of the paths of one store. */
export function blobStorePath(store: BlobStore): string {
  return `/stores/${store}`;
}
