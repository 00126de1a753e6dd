/** How far an installation has come. */

export interface InstallProgress {
  readonly phase: 'downloading' | 'verifying' | 'unpacking';
  /** Of the package as stored. */
  readonly bytes: number;
  readonly totalBytes: number;
}
