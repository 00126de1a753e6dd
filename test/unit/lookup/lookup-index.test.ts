/** The index against a naive lookup, for any sequence of changes and questions; and what it keeps. */

import { fc } from '../../support/seeded-property.ts';
import { describe, expect, it } from 'vitest';
import { LookupIndex } from '../../../registry/lookup/lookup-index.ts';
import type { LookupAnswer, LookupObject } from '../../../registry/lookup/lookup-model.ts';
import type { DesiredTopology } from '../../../spec/desired-state.ts';
import { lookupEndpoint } from '../../support/link/lookup-objects.ts';
import {
  objectNames,
  someCaller,
  someName,
  someObject,
  someSetId,
  someStation,
  someTopology,
} from '../../support/lookup/lookup-arbitrary.ts';
import { NaiveLookup } from '../../support/lookup/naive-lookup.ts';

const change = fc.oneof(
  { weight: 5, arbitrary: fc.record({ put: someObject }) },
  { weight: 1, arbitrary: fc.record({ remove: fc.constantFrom(...objectNames) }) },
  { weight: 2, arbitrary: fc.record({ topology: someTopology }) },
);

const question = fc.record({
  name: someName,
  caller: someCaller,
  setId: someSetId,
  station: someStation,
});

type Change = { put: LookupObject } | { remove: string } | { topology: DesiredTopology };

function carryOut(drawn: Change, index: LookupIndex, naive: NaiveLookup): void {
  if ('put' in drawn) {
    index.put(drawn.put);
    naive.objects.set(drawn.put.name, drawn.put);
  } else if ('remove' in drawn) {
    index.remove(drawn.remove);
    naive.objects.delete(drawn.remove);
  } else {
    index.setTopology(drawn.topology);
    naive.topology = drawn.topology;
  }
}

function answersOf(
  lookup: Pick<LookupIndex, keyof NaiveLookup & keyof LookupIndex>,
  { name, caller, setId, station }: typeof question extends fc.Arbitrary<infer Q> ? Q : never,
) {
  return {
    byId: lookup.byId(name),
    any: lookup.any(name),
    all: lookup.all(name, caller),
    inSameGroup: lookup.inSameGroup(name, caller),
    inSameStation: lookup.inSameStation(name, station),
    inSameSet: lookup.inSameSet(name, setId, caller),
    groupOf: lookup.groupOf(caller),
  };
}

describe('the lookup index', () => {
  it.each([
    ['', 1_000],
    [', with hardly any memory', 3],
  ])('answers what the naive lookup answers%s', (_name, keptMax) => {
    const found = { narrowed: 0, inGroup: 0, failed: 0, bySet: 0 };
    fc.assert(
      fc.property(
        fc.array(fc.tuple(change, fc.array(question, { minLength: 1, maxLength: 4 })), {
          minLength: 5,
          maxLength: 20,
          size: 'max',
        }),
        (steps) => {
          const index = new LookupIndex(keptMax);
          const naive = new NaiveLookup();
          for (const [drawn, questions] of steps) {
            carryOut(drawn, index, naive);
            for (const asked of questions) {
              const expected = answersOf(naive, asked);
              expect(answersOf(index, asked)).toEqual(expected);
              const anyActive = expected.any.active.length;
              if (expected.inSameGroup.active.length < anyActive) found.narrowed += 1;
              if (expected.inSameSet.active.length < anyActive) found.bySet += 1;
              if (expected.groupOf > 0) found.inGroup += 1;
              if (expected.inSameSet.ret === -1) found.failed += 1;
            }
          }
        },
      ),
      { numRuns: 500 },
    );
    for (const count of Object.values(found)) expect(count).toBeGreaterThan(200);
  });

  const object: LookupObject = {
    name: 'A.One.Obj',
    endpoints: [lookupEndpoint('A.One@n1', { host: '10.1.0.1', grouped: true, set: 'a.b.c' })],
  };
  const topology: DesiredTopology = {
    groups: [
      {
        id: 1,
        name: 'north',
        dataCenter: 'd1',
        allow: ['10.1.0.*'],
        deny: [],
        order: 'allow-deny',
      },
    ],
    stations: [{ name: 'metro', groups: [1], priority: 1 }],
  };

  const questions: readonly (readonly [string, (index: LookupIndex) => LookupAnswer])[] = [
    ['any', (index) => index.any(object.name)],
    ['all', (index) => index.all(object.name, '10.1.0.9')],
    ['same group', (index) => index.inSameGroup(object.name, '10.1.0.9')],
    ['same station', (index) => index.inSameStation(object.name, 'metro')],
    ['same set', (index) => index.inSameSet(object.name, 'a.b.c', undefined)],
    ['set fallback', (index) => index.inSameSet(object.name, 'z.z.z', '10.1.0.9')],
    ['unknown object', (index) => index.any('A.None.Obj')],
    ['bad set', (index) => index.inSameSet(object.name, 'a.b', undefined)],
  ];

  it.each(questions)('keeps the answer to "%s" until something changes', (name, ask) => {
    const index = new LookupIndex();
    index.setTopology(topology);
    index.put(object);
    const answer = ask(index);
    expect(ask(index)).toBe(answer);
    index.put({ name: 'A.Two.Obj', endpoints: [] });
    index.put(object);
    expect(ask(index)).toBe(answer);
    if (name === 'unknown object' || name === 'bad set') return;
    index.put({ ...object });
    expect(ask(index)).not.toBe(answer);
    const fresh = ask(index);
    index.setTopology({ ...topology });
    expect(ask(index)).not.toBe(fresh);
    expect(ask(index)).toEqual(answer);
  });

  it('gives callers of one group one and the same answer', () => {
    const index = new LookupIndex();
    index.setTopology(topology);
    index.put(object);
    const answer = index.inSameGroup(object.name, '10.1.0.9');
    expect(index.inSameGroup(object.name, '::ffff:10.1.0.77')).toBe(answer);
    expect(index.all(object.name, '10.1.0.10')).toBe(answer);
  });

  it('keeps no more answers than it may, and none for strange questions', () => {
    const index = new LookupIndex(50);
    for (let number = 0; number < 500; number += 1) {
      const name = `A.S${number}.Obj`;
      index.put({ ...object, name });
      expect(index.any(name).active).toHaveLength(1);
      expect(index.keptAnswers).toBeLessThanOrEqual(50);
    }
    const kept = index.keptAnswers;
    for (let number = 0; number < 1_000; number += 1) {
      index.inSameSet('A.S499.Obj', `x${number}.y.z`, `10.9.${number % 200}.1`);
      index.inSameSet('A.S499.Obj', `a.b.z${number}`, undefined);
      index.inSameStation('A.S499.Obj', `station-${number}`);
      index.any(`A.Unknown${number}.Obj`);
    }
    expect(index.keptAnswers).toBeLessThanOrEqual(kept + 1);
  });

  it('has an answer in the time of a look, with 1,000 groups and a thousand addresses', () => {
    const index = new LookupIndex();
    const groups = Array.from({ length: 1_000 }, (_, number) => ({
      id: number + 1,
      name: `g${String(number).padStart(4, '0')}`,
      dataCenter: 'd1',
      allow: [`10.${number >> 8}.${number & 255}.*`, `fd00:0:0:${number.toString(16)}::/64`],
      deny: [`10.${number >> 8}.${number & 255}.7`],
      order: 'allow-deny' as const,
    }));
    index.setTopology({ groups, stations: [] });
    let fastestMs = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 20; round += 1) {
      const startedAt = performance.now();
      for (let number = 0; number < 1_000; number += 1) {
        const host = `10.${number >> 8}.${number & 255}.${round + 10}`;
        expect(index.groupOf(host)).toBe(number + 1);
      }
      fastestMs = Math.min(fastestMs, performance.now() - startedAt);
    }
    expect(index.groupOf('10.0.5.7')).toBe(-1);
    expect(index.groupOf('fd00:0:0:3e7::5')).toBe(1_000);
    // 1,000 rules looked through for 1,000 addresses take far longer.
    expect(fastestMs).toBeLessThan(50);
  });
});
