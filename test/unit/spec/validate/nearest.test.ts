import { expect, test } from 'vitest';
import { nearest } from '../../../../spec/validate/nearest.ts';

const fields = [
  'type',
  'state',
  'release',
  'placement',
  'servants',
  'rollout',
  'startTimeoutMs',
  'cpu',
];

test.each([
  ['rollot', 'rollout'],
  ['replacement', 'placement'],
  ['placment', 'placement'],
  ['serv', 'servants'],
  ['se', undefined],
  ['Type', 'type'],
  ['start_timeout_ms', 'startTimeoutMs'],
  ['start-timeout-ms', 'startTimeoutMs'],
  ['stat', 'state'],
  ['gpu', 'cpu'],
  ['gp', undefined],
  ['x', undefined],
  ['', undefined],
  ['type', undefined],
  ['typeOfTheService', 'type'],
  ['x'.repeat(1_000), undefined],
])('%j → %j', (name, expected) => {
  expect(nearest(name, fields)).toBe(expected);
});

test('nothing is suggested when two names begin alike', () => {
  expect(nearest('maxI', ['maxInstances', 'maxIterations'])).toBeUndefined();
});
