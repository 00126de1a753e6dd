/** What a format of configuration files must be able to do for `merge: deep`. */

export interface TextFormat {
  readonly name: 'JSON' | 'YAML' | 'TOML' | 'TARS';
  /** The first thing that is wrong; never throws. */
  check(text: string): TextFault | undefined;
  /** `texts` are two or more, each of them checked and not blank. */
  merge(texts: readonly string[]): string;
}

export interface TextFault {
  readonly message: string;
  /** In UTF-16 code units. */
  readonly offset: number;
  readonly length?: number;
}

/** Levels inside each other, in every format: few enough to go down by recursion. */
export const textDepthMax = 64;
