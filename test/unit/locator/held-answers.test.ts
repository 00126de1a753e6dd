/** The word of a registry that begins anew waits when it would leave callers with nothing. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HeldAnswers } from '../../../nodeagent/locator/held-answers.ts';
import { lookupEndpoint, lookupObject } from '../../support/link/lookup-objects.ts';

const active = lookupObject('a', [lookupEndpoint('A.One@n1')]);
const inactive = lookupObject('a', [lookupEndpoint('A.One@n1', { active: false })]);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start(revision: number) {
  const released: [string, unknown][] = [];
  const held = new HeldAnswers(revision, (answers) => released.push(...answers));
  return { held, released };
}

describe('an answer', () => {
  const other = lookupObject('a', active.endpoints);
  it.each([
    { name: 'of the same registry', revision: 10, before: active, answer: inactive, held: false },
    { name: 'of a new one, of nothing', revision: 9, before: active, answer: inactive, held: true },
    {
      name: 'of a new one that knows nothing of it',
      revision: 9,
      before: active,
      answer: 'unknown' as const,
      held: true,
    },
    {
      name: 'of a new one, with endpoints',
      revision: 9,
      before: active,
      answer: other,
      held: false,
    },
    {
      name: 'that takes nothing away',
      revision: 9,
      before: inactive,
      answer: 'unknown' as const,
      held: false,
    },
    {
      name: 'to a name that nothing was known of',
      revision: 9,
      before: 'waiting' as const,
      answer: 'unknown' as const,
      held: false,
    },
  ])('$name: held is $held', ({ revision, before, answer, held: isHeld }) => {
    const { held } = start(10);
    held.heard(revision);
    expect(held.holds('a', before, answer)).toBe(isHeld);
  });

  it('that is held counts after a minute, unless a better one came', () => {
    const { held, released } = start(10);
    held.heard(3);
    held.holds('a', active, inactive);
    held.holds('b', active, 'unknown');
    held.heard(4);
    expect(held.holds('a', active, active)).toBe(false);
    vi.advanceTimersByTime(59_000);
    expect(released).toEqual([]);
    vi.advanceTimersByTime(2_000);
    expect(released).toEqual([['b', 'unknown']]);
    expect(held.holds('a', active, inactive)).toBe(false);
  });
});
