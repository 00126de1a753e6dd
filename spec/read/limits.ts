/** How large anything that is read from a repository may be. Each limit has its own fault code. */

export const limits = {
  fileBytesMax: 256 * 1024,
  /** Of files that objects name with `file:`. */
  textFileBytesMax: 256 * 1024,
  documentsPerFileMax: 1_000,
  depthMax: 40,
  keysPerObjectMax: 10_000,
  itemsPerListMax: 10_000,
  textLengthMax: 131_072,
  filesMax: 50_000,
  objectsMax: 100_000,
  pathBytesMax: 1_024,
  pathPartBytesMax: 255,
  pathPartsMax: 32,
  /** Everything below a directory, spec file or not, that one look may come across. */
  directoryEntriesMax: 1_000_000,
  faultsPerFileMax: 20,
} as const;
