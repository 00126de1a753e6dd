/** Which served files a running service must load again. */

import type { ServedFile } from '../../../spec/desired-state.ts';

/** New and changed ones, by name; one that is gone cannot be loaded. */
export function changedFiles(
  before: readonly ServedFile[] = [],
  after: readonly ServedFile[] = [],
): readonly string[] {
  const known = new Map(before.map((file) => [file.name, file]));
  return after.filter((file) => !isSame(known.get(file.name), file)).map(({ name }) => name);
}

function isSame(before: ServedFile | undefined, after: ServedFile): boolean {
  return before?.content === after.content && before.appContent === after.appContent;
}
