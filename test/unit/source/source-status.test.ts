import { expect, test } from 'vitest';
import { parseCommit, parseParents } from '../../../controller/source/commit-info.ts';
import {
  headAccepted,
  headRewound,
  lookAnswered,
  lookFailed,
  nextLookMs,
  type SourceStatus,
} from '../../../controller/source/source-status.ts';
import { TarsierError } from '../../../errors/tarsier-error.ts';

const start: SourceStatus = {
  url: '/srv/fleet',
  branch: undefined,
  path: '',
  head: undefined,
  lastLookAt: undefined,
  problem: undefined,
  frozen: undefined,
};
const head = { commit: 'c1', committedAt: 1, author: 'A', subject: 's' };

test('the same problem keeps when it began; another one begins anew', () => {
  const timeout = new TarsierError('SOURCE_TIMEOUT', 'slow', { hint: 'wait' });
  let status = lookFailed(start, timeout, 10);
  status = lookFailed(status, timeout, 20);
  expect(status.problem).toEqual({
    code: 'SOURCE_TIMEOUT',
    message: 'slow',
    hint: 'wait',
    since: 10,
    count: 2,
  });
  status = lookFailed(status, new TarsierError('SOURCE_EMPTY', 'empty'), 30);
  expect(status.problem).toMatchObject({ code: 'SOURCE_EMPTY', since: 30, count: 1 });
});

test('a failed look changes neither the head nor the age of the last look', () => {
  const good = headAccepted(lookAnswered(start, 'main', 5), head);
  const bad = lookFailed(good, new TarsierError('SOURCE_TIMEOUT', 'slow'), 99);
  expect(bad).toMatchObject({ head, lastLookAt: 5, branch: 'main' });
  expect(headAccepted(bad, head).problem).toBeUndefined();
});

test('frozen counts for one pair of commits', () => {
  const first = headRewound(start, { expected: 'a', found: 'b' }, 1);
  const second = headRewound(first, { expected: 'a', found: 'b' }, 2);
  expect(second.frozen).toMatchObject({ since: 1, count: 2 });
  const other = headRewound(second, { expected: 'a', found: 'c' }, 3);
  expect(other.frozen).toMatchObject({ since: 3, count: 1 });
  expect(headAccepted(other, head).frozen).toBeUndefined();
});

test('refused credentials are tried less and less often, anything else at the pace of the poll', () => {
  const refused = new TarsierError('SOURCE_AUTH_FAILED', 'no');
  const delays: number[] = [];
  let status = start;
  for (let round = 0; round < 7; round += 1) {
    status = lookFailed(status, refused, round);
    delays.push(nextLookMs(status, 100));
  }
  expect(delays).toEqual([100, 200, 400, 800, 1600, 1600, 1600]);
  expect(nextLookMs(lookFailed(status, new TarsierError('SOURCE_TIMEOUT', 'x'), 1), 100)).toBe(100);
});

test('a commit object is read without what would drive a terminal', () => {
  const content = Buffer.from(
    'tree t\nparent aa\nparent bb\nauthor \u001B[31mMal\u202Elory <m@x> 1 +0000\ncommitter C <c@x> 1700000000 +0800\ngpgsig x\n parent cc\n\n\n  \u0007Subject\u009B line\nbody\nparent dd\n',
  );
  expect(parseCommit('id', content)).toEqual({
    commit: 'id',
    committedAt: 1_700_000_000_000,
    author: '[31mMallory <m@x>',
    subject: 'Subject line',
  });
  expect(parseParents(content)).toEqual(['aa', 'bb']);
});

test('a commit object with nothing in it is still a commit', () => {
  expect(parseCommit('id', Buffer.from(''))).toEqual({
    commit: 'id',
    committedAt: 0,
    author: '',
    subject: '',
  });
});
