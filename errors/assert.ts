/** States an invariant; a false one is a defect of ours and stays fatal in production. */

import { TarsierError } from './tarsier-error.ts';

/** Throws `DEFECT` when `condition` is false. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new TarsierError('DEFECT', message);
}
