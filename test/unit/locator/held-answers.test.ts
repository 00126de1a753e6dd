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
  it.each([
    ['of the same registry', 10, active, inactive, false],
    ['of a new registry that takes everything away', 9, active, inactive, true],
    ['of a new registry that knows nothing of it', 9, active, 'unknown' as const, true],
    ['of a new registry with an endpoint', 9, active, lookupObject('a', active.endpoints), false],
    ['that takes nothing away', 9, inactive, 'unknown' as const, false],
    ['to a name that nothing was known of', 9, 'waiting' as const, 'unknown' as const, false],
  ])('%s is held: %s', (_name, revision, before, answer, isHeld) => {
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
