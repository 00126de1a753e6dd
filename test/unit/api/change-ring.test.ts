/** A reader is told everything it missed, or that it must begin anew: never less. */

import { fc } from '../../support/seeded-property.ts';
import { describe, expect, test } from 'vitest';
import { ChangeRing } from '../../../controller/api/watch/change-ring.ts';

describe('change ring', () => {
  test('before any change nothing was missed, and an older process knows nothing', () => {
    const ring = new ChangeRing(4, 10);
    expect(ring.sinceSequence('nodes', 10)).toEqual(new Set());
    expect(ring.sinceSequence('nodes', 9)).toBeUndefined();
    expect(ring.sinceNumber('nodes', 0)).toEqual(new Set());
    expect(ring.sinceNumber('nodes', 1)).toBeUndefined();
  });

  const change = fc.record({
    step: fc.nat(2),
    kind: fc.constantFrom('nodes', 'services'),
    key: fc.constantFrom('a', 'b', 'c'),
  });

  test('agrees with remembering everything', () => {
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 40 }),
        fc.nat(50),
        fc.nat(90),
        (changes, from, at) => {
          const capacity = 8;
          const ring = new ChangeRing(capacity, 0);
          const all: { sequence: number; kind: string; key: string }[] = [];
          let sequence = 0;
          for (const { step, kind, key } of changes) {
            sequence += step;
            ring.add(sequence, kind, key);
            all.push({ sequence, kind, key });
          }
          const keysOf = (marks: typeof all) =>
            new Set(marks.filter(({ kind }) => kind === 'nodes').map(({ key }) => key));

          const byNumber = ring.sinceNumber('nodes', from);
          const isKept = from <= all.length && from >= all.length - capacity;
          expect(byNumber).toEqual(isKept ? keysOf(all.slice(from)) : undefined);

          const bySequence = ring.sinceSequence('nodes', at);
          if (bySequence === undefined) {
            // Only what was forgotten excuses.
            expect(at).toBeLessThanOrEqual(all.at(-capacity - 1)?.sequence ?? -1);
          } else {
            expect(bySequence).toEqual(keysOf(all.filter((mark) => mark.sequence >= at)));
          }
        },
      ),
    );
  });
});
