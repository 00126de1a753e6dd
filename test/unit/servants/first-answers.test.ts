/** When the first answers about an object wait for somebody to serve it. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FirstAnswers } from '../../../nodeagent/servants/first-answers.ts';
import { lookupEndpoint, lookupObject } from '../../support/link/lookup-objects.ts';

const name = 'Shop.CartServer.CartObj';
const down = lookupObject(name, [lookupEndpoint('Shop.CartServer@sz-1', { active: false })]);
const up = lookupObject(name, [lookupEndpoint('Shop.CartServer@sz-1')]);

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function open() {
  return new FirstAnswers(() => Date.now());
}

test.each([
  ['is served', up],
  ['is unknown', 'unknown' as const],
  ['was never heard of', undefined],
])('an object that %s is answered at once', (_name, known) => {
  const answers = open();
  answers.update(name, known);
  expect(answers.hold(name)).toBeUndefined();
});

test('one that nobody serves is answered when somebody does', async () => {
  const answers = open();
  answers.update(name, down);
  const held = answers.hold(name);
  answers.update(name, up);
  await held;
  expect(answers.hold(name)).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});

test('or after a moment, and at once when it has been empty for long', async () => {
  const answers = open();
  answers.update(name, lookupObject(name));
  let isOver = false;
  void answers.hold(name)?.then(() => {
    isOver = true;
    return undefined;
  });
  await vi.advanceTimersByTimeAsync(1499);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(isOver).toBe(true);
  await vi.advanceTimersByTimeAsync(10_000);
  answers.update(name, down);
  expect(answers.hold(name)).toBeUndefined();
});

test('nobody waits for what is closed', async () => {
  const answers = open();
  answers.update(name, down);
  const held = answers.hold(name);
  answers.close();
  await held;
  expect(vi.getTimerCount()).toBe(0);
});
