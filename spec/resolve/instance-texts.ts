/** The configuration files of one instance, as they are rendered. */

import type { RenderedFile, ServedFile } from '../desired-state.ts';

export interface InstanceTexts {
  /** Written before start; sorted by path. */
  readonly files: readonly RenderedFile[];
  /** For TARS types: what the configuration servant answers; sorted by name. */
  readonly served?: readonly ServedFile[];
}

/** Nodes whose texts are not those of all others, which stand under `undefined`. */
export type TextsByNode = ReadonlyMap<string | undefined, InstanceTexts>;
