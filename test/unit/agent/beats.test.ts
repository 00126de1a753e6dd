import { fc } from '../../support/seeded-property.ts';
import { describe, expect, test } from 'vitest';
import {
  activatingSilenceMs,
  findSilence,
  hearActivating,
  hearAnswer,
  hearBeat,
  isActivating,
  lookAt,
  startListening,
  type Heard,
} from '../../../nodeagent/supervisor/decide/beats.ts';

const timeoutMs = 45_000;
const listening = ['A', 'B'];

/** Looks every 2 s, as the supervisor does. */
function wait(heard: Heard, from: number, until: number): Heard {
  let looked = heard;
  for (let now = from; now < until; now += 2000) looked = lookAt(looked, now);
  return lookAt(looked, until);
}

describe('silence', () => {
  const rows: readonly (readonly [string, Heard, string | undefined])[] = [
    ['of what was never heard', startListening(0), undefined],
    ['of a service that speaks for all', hearBeat(startListening(0), '', 1000), ''],
    ['of an adapter that once spoke', hearBeat(startListening(0), 'A', 1000), 'B'],
    ['of an adapter that answered once', hearAnswer(startListening(0), 'A', 1000), 'A'],
    ['heard by an earlier agent', startListening(0, { beats: ['A'] }), 'A'],
    ['answers heard by an earlier agent', startListening(0, { answers: ['B'] }), 'B'],
  ];
  test.each(rows)('%s', (_, heard, adapter) => {
    const now = 1000 + timeoutMs + 1;
    const later = wait(heard, 1000, now);
    expect(findSilence(later, { listening, timeoutMs, now })?.adapter).toBe(adapter);
    const sooner = wait(heard, 1000, timeoutMs - 1);
    expect(findSilence(sooner, { listening, timeoutMs, now: timeoutMs - 1 })).toBeUndefined();
  });

  test('of one adapter is found while another beats', () => {
    let heard = hearBeat(hearBeat(startListening(0), 'A', 0), 'B', 0);
    for (let now = 0; now <= 60_000; now += 2000) {
      heard = hearBeat(lookAt(heard, now), 'A', now);
      const silence = findSilence(heard, { listening, timeoutMs, now });
      expect(silence).toEqual(
        now > timeoutMs ? { adapter: 'B', silentMs: now, kind: 'beat' } : undefined,
      );
    }
  });

  test('while nobody can report is none, and counts from when they can again', () => {
    let heard = hearBeat(startListening(0), '', 0);
    for (let now = 0; now <= 100_000; now += 2000) {
      heard = lookAt(heard, now, true);
      expect(findSilence(heard, { listening, timeoutMs, now })).toBeUndefined();
    }
    const then = 100_000 + timeoutMs;
    expect(
      findSilence(wait(heard, 102_000, then), { listening, timeoutMs, now: then }),
    ).toBeUndefined();
    const late = wait(heard, 102_000, then + 1);
    expect(findSilence(late, { listening, timeoutMs, now: then + 1 })).toMatchObject({
      silentMs: timeoutMs + 1,
    });
  });

  test('of an adapter that never listened is none', () => {
    let heard = hearBeat(startListening(0), 'A', 0);
    for (let now = 0; now <= 100_000; now += 2000) {
      heard = hearBeat(lookAt(heard, now), 'A', now);
      expect(findSilence(heard, { listening: ['A'], timeoutMs, now })).toBeUndefined();
    }
  });

  test('a beat for all counts for each; old answers do not count once adapters speak for themselves', () => {
    let heard = hearBeat(hearAnswer(startListening(0), 'A', 0), 'A', 0);
    for (let now = 0; now <= 100_000; now += 10_000) {
      heard = hearBeat(heard, '', now);
      heard = wait(heard, now, now + 9999);
      expect(findSilence(heard, { listening, timeoutMs, now: now + 9999 })).toBeUndefined();
    }
  });

  test('while the agent itself was stopped is nobody’s', () => {
    const heard = hearBeat(startListening(0), 'A', 1000);
    const woken = lookAt(lookAt(heard, 2000), 500_000);
    expect(findSilence(woken, { listening, timeoutMs, now: 500_000 })).toBeUndefined();
    const later = wait(woken, 500_000, 500_000 + timeoutMs + 1);
    const now = 500_000 + timeoutMs + 1;
    expect(findSilence(later, { listening, timeoutMs, now })).toBeDefined();
  });

  test('is never found before the time-out, and always after it', () => {
    const beat = fc.record({
      afterMs: fc.integer({ min: 0, max: 30_000 }),
      adapter: fc.constantFrom('', 'A', 'B'),
      kind: fc.constantFrom('beat' as const, 'answer' as const),
    });
    fc.assert(
      fc.property(fc.array(beat, { maxLength: 30 }), fc.boolean(), (beats, wasKnown) => {
        let now = 0;
        let heard = startListening(0, wasKnown ? { beats: ['A'] } : {});
        // The plainest account of it: when each adapter was last heard of, by anything.
        const last = new Map<string, number>(wasKnown ? [['A', 0]] : []);
        let latestOfAll = wasKnown ? 0 : -Infinity;
        for (const { afterMs, adapter, kind } of beats) {
          heard = wait(heard, now, now + afterMs);
          now += afterMs;
          const silence = findSilence(heard, { listening, timeoutMs, now });
          if (silence !== undefined) {
            const heardAt = Math.max(last.get(silence.adapter) ?? 0, 0);
            expect(now - heardAt).toBeGreaterThan(timeoutMs);
            expect(silence.silentMs).toBeLessThanOrEqual(now - heardAt);
          }
          if (kind === 'answer' && adapter === '') continue;
          heard = kind === 'beat' ? hearBeat(heard, adapter, now) : hearAnswer(heard, adapter, now);
          last.set(adapter, now);
          latestOfAll = now;
        }
        const end = now + timeoutMs + 1;
        const quiet = wait(heard, now, end);
        const silence = findSilence(quiet, { listening, timeoutMs, now: end });
        expect(silence !== undefined).toBe(latestOfAll >= 0);
      }),
    );
  });
});

describe('a service that is getting ready', () => {
  test('is believed for as long as it says so, and until its first beat', () => {
    const heard = hearActivating(startListening(0), 1000);
    expect(isActivating(startListening(0), 0)).toBe(false);
    expect(isActivating(heard, 1000 + activatingSilenceMs)).toBe(true);
    expect(isActivating(heard, 1001 + activatingSilenceMs)).toBe(false);
    expect(isActivating(hearBeat(heard, '', 1500), 1500)).toBe(false);
  });
});
