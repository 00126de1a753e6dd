/** Counting what is in flight, and letting only some log lines of a second through. */

import { expect, test } from 'vitest';
import { InFlightLimit } from '../../../tars/rpc/in-flight-limit.ts';
import { LogThrottle } from '../../../tars/rpc/log-throttle.ts';

test('requests in flight are full by number', () => {
  const limit = new InFlightLimit(2, 1_000);
  limit.enter(10);
  expect(limit.isFull).toBe(false);
  limit.enter(10);
  expect(limit.isFull).toBe(true);
  limit.leave(10);
  expect(limit.isFull).toBe(false);
  expect([limit.count, limit.bytes]).toEqual([1, 10]);
});

test('requests in flight are full by bytes, but one of any size fits', () => {
  const limit = new InFlightLimit(100, 1_000);
  expect(limit.isFull).toBe(false);
  limit.enter(5_000);
  expect(limit.isFull).toBe(true);
  limit.leave(5_000);
  expect(limit.isFull).toBe(false);
});

test('log lines of one second are few, and the next second says how many were left out', () => {
  const throttle = new LogThrottle(2);
  const admitted = [0, 1, 2, 3, 999].map((now) => throttle.admit(now));
  expect(admitted).toEqual([0, 0, undefined, undefined, undefined]);
  expect(throttle.admit(1_000)).toBe(3);
  expect(throttle.admit(1_001)).toBe(0);
});
