import { mkdirSync, rmSync } from 'node:fs';
import { fc } from '../../support/seeded-property.ts';
import { describe, expect, test } from 'vitest';
import { isTarsierError } from '../../../errors/tarsier-error.ts';
import { openEmbeddedLog } from '../../../replica/drivers/embedded/embedded-log.ts';
import { LogStore } from '../../../replica/drivers/embedded/log-store.ts';
import { memoryFolder, temporaryFolder } from '../../support/temporary-folder.ts';

interface Request {
  readonly commandId: string;
  readonly payload: Uint8Array;
  /** Relative to the head, so that hits are as likely as misses. */
  readonly expectedOffset: number | undefined;
}

type Operation =
  | { readonly kind: 'append'; readonly requests: readonly Request[] }
  | { readonly kind: 'read'; readonly from: number; readonly limit: number }
  | { readonly kind: 'trim'; readonly before: number; readonly limit: number }
  | { readonly kind: 'reopen' };

const request = fc.record({
  commandId: fc.integer({ min: 1, max: 40 }).map((number) => `c${number}`),
  payload: fc.uint8Array({ maxLength: 20 }),
  expectedOffset: fc.option(fc.integer({ min: -1, max: 1 }), { nil: undefined, freq: 2 }),
});

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      requests: fc.array(request, { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      from: fc.integer({ min: 1, max: 50 }),
      limit: fc.integer({ min: 1, max: 20 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('trim' as const),
      before: fc.integer({ min: 0, max: 60 }),
      limit: fc.integer({ min: 1, max: 20 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
);

/** The same contract as obvious code: an array. */
class NaiveLog {
  entries: { sequence: number; commandId: string; payload: Uint8Array }[] = [];
  head = 0;

  get first(): number {
    return this.entries[0]?.sequence ?? this.head + 1;
  }

  append({ commandId, payload }: Request, expected: number | undefined): unknown {
    const known = this.entries.find((entry) => entry.commandId === commandId);
    if (known !== undefined) return { sequence: known.sequence, duplicate: true };
    if (expected !== undefined && expected !== this.head) return { staleHead: this.head };
    this.head += 1;
    this.entries.push({ sequence: this.head, commandId, payload });
    return { sequence: this.head, duplicate: false };
  }

  read(from: number, limit: number): unknown {
    if (from < this.first) return 'LOG_TRIMMED';
    return this.entries.filter(({ sequence }) => sequence >= from).slice(0, limit);
  }

  trim(before: number, limit: number): boolean {
    const end = Math.min(before, this.head, this.first + limit);
    const more = end < Math.min(before, this.head);
    if (end <= this.first) return false;
    this.entries = this.entries.filter(({ sequence }) => sequence >= end);
    return more;
  }
}

function attempt(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    if (isTarsierError(error)) return error.code;
    throw error;
  }
}

function withoutHash(found: unknown): unknown {
  if (!Array.isArray(found)) return found;
  return found.map(({ sequence, commandId, payload }) => ({
    sequence,
    commandId,
    payload: Uint8Array.from(payload),
  }));
}

describe('the embedded log does what a naive array does', () => {
  test('for any sequence of batches, reads, trims and restarts', () => {
    const folder = memoryFolder();
    let runs = 0;
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 40 }), (operations) => {
        runs += 1;
        const directory = `${folder}-${runs}`;
        const model = new NaiveLog();
        let store = newStore(directory);
        for (const step of operations) {
          if (step.kind === 'append') {
            // Expectations of a batch refer to the head before it, as those of concurrent callers do.
            const { head } = model;
            const requests = step.requests.map(({ commandId, payload, expectedOffset }) => ({
              commandId,
              payload,
              ...(expectedOffset === undefined ? {} : { expectedSequence: head + expectedOffset }),
            }));
            const expected = step.requests.map((one, index) =>
              model.append(one, requests[index]?.expectedSequence),
            );
            expect(store.append(requests)).toEqual(expected);
          } else if (step.kind === 'read') {
            const found = attempt(() => store.read(step.from, step.limit));
            expect(withoutHash(found)).toEqual(model.read(step.from, step.limit));
          } else if (step.kind === 'trim') {
            expect(store.trim(step.before, step.limit)).toBe(model.trim(step.before, step.limit));
          } else {
            store.close();
            store = new LogStore(directory);
          }
          expect(store.head()).toMatchObject({ sequence: model.head, first: model.first });
        }
        store.close();
        rmSync(directory, { recursive: true });
      }),
      { numRuns: 100 },
    );
  });

  test('for callers that do not wait for each other', async () => {
    const log = await openEmbeddedLog({ directory: temporaryFolder() });
    const model = new NaiveLog();
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 200 }), async (requests) => {
        const { head } = model;
        const appends = requests.map(({ commandId, payload, expectedOffset }) =>
          log
            .append({
              commandId,
              payload,
              ...(expectedOffset === undefined ? {} : { expectedSequence: head + expectedOffset }),
            })
            .catch((error: { details: { head: number } }) => ({ staleHead: error.details.head })),
        );
        const expected = requests.map((one) =>
          model.append(
            one,
            one.expectedOffset === undefined ? undefined : head + one.expectedOffset,
          ),
        );
        expect(await Promise.all(appends)).toEqual(expected);
        const found = await log.read(model.first, model.head + 1);
        expect(withoutHash(found)).toEqual(model.entries);
        await log.trim(model.head - 5);
        while (model.trim(model.head - 5, 100)) continue;
      }),
      { numRuns: 40 },
    );
    await log.close();
  });
});

function newStore(directory: string): LogStore {
  mkdirSync(directory);
  return new LogStore(directory);
}
