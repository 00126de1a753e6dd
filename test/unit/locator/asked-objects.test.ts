/** What an agent remembers of the names that are asked for, and how it forgets. */

import { describe, expect, it } from 'vitest';
import { AskedObjects } from '../../../nodeagent/locator/asked-objects.ts';
import { lookupEndpoint, lookupObject } from '../../support/link/lookup-objects.ts';

const limits = { namesMax: 20, namelessMax: 5, objectKeptMs: 1_000, namelessKeptMs: 100 };

function known(names: readonly string[], atMs = 0): AskedObjects {
  const objects = new AskedObjects(limits);
  for (const name of names) {
    objects.add(name, atMs);
    objects.learn(name, lookupObject(name), atMs);
  }
  return objects;
}

const numbered = (count: number, letter: string) =>
  Array.from({ length: count }, (_, index) => `${letter}${index}`);

describe('known objects', () => {
  it('wait for an answer, and then have it', () => {
    const objects = new AskedObjects(limits);
    expect(objects.find('a', 0)).toBeUndefined();
    objects.add('a', 0);
    expect(objects.find('a', 0)).toBe('waiting');
    objects.learn('a', 'unknown', 0);
    expect(objects.find('a', 0)).toBe('unknown');
    objects.learn('a', lookupObject('a'), 0);
    expect(objects.find('a', 0)).toEqual(lookupObject('a'));
  });

  it('say what is news and what is only repeated', () => {
    const objects = known(['a']);
    const more = lookupObject('a', [lookupEndpoint('A.One@n1')]);
    const isNews = [
      lookupObject('a'),
      more,
      { ...more },
      'unknown' as const,
      'unknown' as const,
    ].map((knowledge) => objects.learn('a', knowledge, 0).isNews);
    expect(isNews).toEqual([false, true, false, true, false]);
  });

  it('are not crowded out by a million wrong names', () => {
    const objects = known(numbered(10, 'good'));
    for (let index = 0; index < 1_000_000; index += 1) {
      objects.add(`wrong${index}`, 0);
      if (index % 2 === 0) objects.learn(`wrong${index}`, 'unknown', 0);
    }
    expect(objects.size).toBe(15);
    expect(objects.objects()).toHaveLength(10);
    expect(objects.names().slice(10)).toEqual(
      numbered(5, '').map((index) => `wrong${999_995 + Number(index)}`),
    );
  });

  it('lose the wrong name that was asked for least recently', () => {
    const objects = new AskedObjects(limits);
    for (const name of numbered(5, 'x')) objects.add(name, 0);
    objects.find('x0', 1);
    expect(objects.add('x5', 2)).toEqual(['x1']);
    expect(objects.has('x0')).toBe(true);
  });

  it('lose the object that was asked for least recently when there are too many', () => {
    const objects = known(numbered(20, 'x'));
    for (const name of numbered(20, 'x')) objects.find(name, name === 'x7' ? 1 : 2);
    expect(objects.add('y', 3)).toEqual(['y']);
    objects.forget('x3');
    objects.add('y', 3);
    expect(objects.learn('y', lookupObject('y'), 3).gone).toEqual([]);
    objects.learn('z', lookupObject('z'), 3);
    expect(objects.has('x7')).toBe(false);
  });

  it('expire when nobody asks, wrong names sooner; looking without asking keeps nothing', () => {
    const objects = known(['asked', 'left', 'peeked']);
    objects.add('wrong', 0);
    expect(objects.takeExpired(100)).toEqual([]);
    expect(objects.takeExpired(101)).toEqual(['wrong']);
    objects.find('asked', 900);
    objects.peek('peeked');
    expect(objects.takeExpired(1_001)).toEqual(['left', 'peeked']);
    expect(objects.names()).toEqual(['asked']);
    // A push is no question.
    objects.learn('asked', lookupObject('asked', [lookupEndpoint('A.One@n1')]), 1_800);
    expect(objects.takeExpired(1_901)).toEqual(['asked']);
  });
});
