/** What a package may unpack to. Controller and agents use the same limits and the same code. */

export interface ArchiveLimits {
  /** All files together, unpacked. */
  readonly unpackedBytesMax: number;
  /** Files and directories. */
  readonly entriesMax: number;
  /** Components of a path. */
  readonly depthMax: number;
  /** UTF-8 bytes of a path. */
  readonly pathBytesMax: number;
  /** Unpacked bytes per packed byte, looked at once `ratioFromBytes` are unpacked. */
  readonly ratioMax: number;
  readonly ratioFromBytes: number;
}

export const defaultArchiveLimits: ArchiveLimits = {
  unpackedBytesMax: 16 * 1024 ** 3,
  entriesMax: 100_000,
  depthMax: 32,
  pathBytesMax: 1024,
  ratioMax: 200,
  ratioFromBytes: 16 * 1024 ** 2,
};
