/** What is taken from the run before never shows in the result. */

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LoadedFile } from '../../../../spec/repository.ts';
import { resolveRepository } from '../../../../spec/resolve/resolve-repository.ts';
import type { Resolved } from '../../../../spec/resolve/resolved.ts';
import {
  applyEdit,
  contentsOf,
  edits,
  soundBase,
} from '../../../support/spec/repository-arbitrary.ts';
import { inputOf, loadContents } from '../../../support/spec/repository-of.ts';

const sorted = <T>(map: ReadonlyMap<string, T>) =>
  [...map].toSorted(([left], [right]) => (left < right ? -1 : 1));

/** Everything that a caller sees, without the order of maps. */
function visible({ desired, faults, held, objectCount, unreadable }: Resolved) {
  return {
    cluster: desired.cluster,
    dataCenters: sorted(desired.dataCenters),
    nodes: sorted(desired.nodes),
    scopes: sorted(desired.scopes),
    faults,
    held,
    objectCount,
    unreadable,
  };
}

/** As the source gives them: what changed comes last. */
function changedLast(
  files: ReadonlyMap<string, LoadedFile>,
  before: ReadonlyMap<string, LoadedFile>,
): ReadonlyMap<string, LoadedFile> {
  const isSame = ([path, file]: readonly [string, LoadedFile]) => before.get(path) === file;
  const all = [...files];
  return new Map([...all.filter(isSame), ...all.filter((entry) => !isSame(entry))]);
}

const runs = Number(process.env['PROPERTY_RUNS'] ?? 50);

test('an incremental result equals one from scratch, after any sequence of edits', () => {
  const codes = new Set<string>();
  const seen = { scopes: 0, faults: 0, held: 0 };
  fc.assert(
    fc.property(edits, (steps) => {
      let model = soundBase;
      let files = loadContents(contentsOf(model));
      let previous = resolveRepository(inputOf(contentsOf(model), files));
      for (const step of steps) {
        model = applyEdit(model, step);
        const contents = contentsOf(model);
        files = changedLast(loadContents(contents, files), files);
        const incremental = resolveRepository({ ...inputOf(contents, files), previous });
        const scratch = resolveRepository(inputOf(contents));
        expect(visible(incremental)).toEqual(visible(scratch));
        previous = incremental;
        seen.scopes += previous.desired.scopes.size;
        seen.faults += previous.faults.length;
        seen.held += previous.held.length;
        for (const { code } of previous.faults) codes.add(code);
      }
    }),
    { numRuns: runs },
  );
  // A generator that makes nothing would check nothing.

  expect(Math.min(seen.scopes, seen.faults, seen.held)).toBeGreaterThan(runs * 5);
  expect(codes.size).toBeGreaterThan(10);
});

test('nothing is made anew when nothing changed', () => {
  const contents = contentsOf(soundBase);
  const files = loadContents(contents);
  const first = resolveRepository(inputOf(contents, files));
  const second = resolveRepository({ ...inputOf(contents, new Map(files)), previous: first });
  expect(second.desired.nodes).toBe(first.desired.nodes);
  expect(second.memo.templates).toBe(first.memo.templates);
  expect(second.memo.configs).toBe(first.memo.configs);
});
