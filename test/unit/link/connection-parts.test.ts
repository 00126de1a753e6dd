/** The small parts of a connection: back-off, signs of life, joined and split targets, merged reports. */

import { fc } from '../../support/seeded-property.ts';
import { describe, expect, it } from 'vitest';
import { encodeTargets } from '../../../controller/agents/encode-targets.ts';
import { mergeReports } from '../../../controller/agents/merge-reports.ts';
import { MissingNodes } from '../../../controller/agents/missing-nodes.ts';
import { equalJitterMs, fullJitterMs } from '../../../link/connection/backoff.ts';
import { TargetsJoiner } from '../../../link/connection/join-targets.ts';
import { PeerWatch } from '../../../link/connection/peer-watch.ts';
import { frameBytesMax } from '../../../link/messages/check-frame.ts';
import type { Report, Targets } from '../../../link/messages/messages.ts';
import { decodeControllerMessage } from '../../../link/messages/wire.ts';
import type { InstanceObserved } from '../../../registry/model.ts';
import { observedOf, scope, targetOf } from '../../support/registry/builders.ts';

describe('back-off', () => {
  const range = { minMs: 200, maxMs: 10_000 };
  it.each([
    [0, 0, 200],
    [1, 0, 400],
    [5, 0, 6_400],
    [6, 0, 10_000],
    [1_000, 0, 10_000],
  ])('after %i failures is spread from %i to %i ms', (attempt, low, high) => {
    expect(fullJitterMs(attempt, range, () => 0)).toBe(low);
    expect(fullJitterMs(attempt, range, () => 0.999_999)).toBe(high);
    expect(equalJitterMs(attempt, range, () => 0)).toBe(high / 2);
    expect(equalJitterMs(attempt, range, () => 0.999_999)).toBe(high);
  });
});

function watch() {
  const clock = { nowMs: 0 };
  const peer = new PeerWatch({ deadAfterMs: 5_000, nowMs: () => clock.nowMs });
  const after = (ms: number, bytes = 0) => {
    clock.nowMs += ms;
    return peer.isDead(bytes);
  };
  return { peer, after };
}

describe('a peer', () => {
  it('is dead after five silent seconds, and not before', () => {
    const { after } = watch();
    for (let second = 1; second <= 5; second += 1) expect(after(1_000)).toBe(false);
    expect(after(1_000)).toBe(true);
  });

  it('lives while it is heard', () => {
    const { peer, after } = watch();
    for (let second = 1; second <= 20; second += 1) {
      peer.heard();
      expect(after(1_000)).toBe(false);
    }
  });

  it('lives while the bytes of a large message trickle in', () => {
    const { after } = watch();
    for (let second = 1; second <= 20; second += 1) expect(after(1_000, second)).toBe(false);
  });

  it('is not blamed for a pause of our own', () => {
    const { after } = watch();
    expect(after(60_000)).toBe(false);
    for (let second = 1; second <= 5; second += 1) expect(after(1_000)).toBe(false);
    expect(after(1_000)).toBe(true);
  });
});

describe('missing nodes', () => {
  it('are lost once, after their deadline, unless they are found or we were paused', () => {
    const missing = new MissingNodes();
    missing.add({ node: 'n1', sessionId: 's1', opened: 4 }, 100);
    missing.add({ node: 'n2', sessionId: 's1', opened: 5 }, 100);
    missing.add({ node: 'n3', sessionId: 's3' }, 500);
    missing.found('n2');
    expect(missing.takeLost(100)).toEqual([]);
    expect(missing.takeLost(101)).toEqual([{ node: 'n1', sessionId: 's1', opened: 4 }]);
    missing.extend(900);
    expect(missing.takeLost(600)).toEqual([]);
    expect(missing.takeLost(901)).toEqual([{ node: 'n3', sessionId: 's3' }]);
    expect(missing.takeLost(9_999)).toEqual([]);
  });
});

function roundTrip(targets: Targets) {
  const { frames, tooLarge } = encodeTargets(targets);
  const joiner = new TargetsJoiner();
  const joined = frames.map((frame) => {
    expect(frame.byteLength).toBeLessThanOrEqual(frameBytesMax);
    const decoded = decodeControllerMessage(frame);
    if (!decoded.ok || decoded.message.type !== 'targets') throw new Error('not targets');
    return joiner.add(decoded.message);
  });
  return { frames, tooLarge, joined };
}

describe('large targets', () => {
  const desired = scope({ service: 'A.One', nodes: ['n1'], revision: 'r1' });
  const target = (name: string, characters: number) => {
    const plain = targetOf(desired, 'n1', { instance: `A.${name}@n1` });
    const files = [{ path: 'a', content: 'x'.repeat(characters) }];
    return { ...plain, content: { ...plain.content, files } };
  };
  const nodeFacts = { dataCenter: 'd1', addresses: {}, portRange: { from: 1, to: 2 } };

  it('go as one message when they fit', () => {
    const targets: Targets = {
      type: 'targets',
      revision: 3,
      upsert: [target('One', 9)],
      remove: [],
    };
    expect(roundTrip(targets)).toMatchObject({ tooLarge: [], joined: [targets] });
  });

  it('go in parts otherwise, and are seen only when the last has come', () => {
    const upsert = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => target(name, 1_500_000));
    const targets: Targets = {
      type: 'targets',
      revision: 9,
      base: 4,
      nodeFacts,
      upsert,
      remove: ['A.Old@n1'],
    };
    const { frames, joined } = roundTrip(targets);
    expect(frames.length).toBeGreaterThan(2);
    expect(joined.slice(0, -1)).toEqual(joined.slice(0, -1).map(() => undefined));
    expect(joined.at(-1)).toEqual(targets);
  });

  it('leave out what is too large for any message, and name it', () => {
    const upsert = [target('Big', 16_000_000), target('Small', 10)];
    const { tooLarge, joined } = roundTrip({ type: 'targets', revision: 9, upsert, remove: [] });
    expect(tooLarge).toEqual(['A.Big@n1']);
    expect(joined.at(-1)).toMatchObject({ upsert: [{ instance: 'A.Small@n1' }] });
  });

  it('are refused when they never end', () => {
    const joiner = new TargetsJoiner();
    const remove = Array.from({ length: 9_999 }, (_, index) => `A.S${index}@n1`);
    const part: Targets = { type: 'targets', revision: 1, upsert: [], remove, more: true };
    const answers = [joiner.add(part), joiner.add(part), joiner.add(part)];
    expect(answers).toEqual([undefined, undefined, 'too-many']);
  });
});

function take(held: Map<string, InstanceObserved>, one: Omit<Report, 'type' | 'number'>) {
  if (one.full) held.clear();
  for (const observed of one.instances) held.set(observed.instance, observed);
  for (const id of one.gone) held.delete(id);
}

describe('merged reports', () => {
  const instance = fc.constantFrom('a@n1', 'b@n1', 'c@n1');
  const report = fc
    .record({
      full: fc.boolean(),
      seen: fc.uniqueArray(fc.tuple(instance, fc.nat(5)), { selector: ([id]) => id }),
      gone: fc.uniqueArray(instance),
    })
    .map(({ full, seen, gone }): Omit<Report, 'number'> => {
      const ids = seen.map(([id]) => id);
      return {
        type: 'report',
        full,
        instances: seen.map(([id, restarts]) => observedOf(id, { restarts })),
        gone: full ? [] : gone.filter((id) => !ids.includes(id)),
      };
    });

  it('say what the reports said one by one', () => {
    fc.assert(
      fc.property(fc.array(report, { minLength: 1 }), fc.array(report), (reports, before) => {
        const numbered = reports.map((one, index) => ({ ...one, number: index + 1 }));
        const [oneByOne, atOnce] = [new Map(), new Map()];
        for (const one of before) for (const held of [oneByOne, atOnce]) take(held, one);
        for (const one of numbered) take(oneByOne, one);
        const merged = mergeReports(numbered);
        take(atOnce, merged);
        expect(Object.fromEntries(atOnce)).toEqual(Object.fromEntries(oneByOne));
        expect(merged.number).toBe(reports.length);
      }),
    );
  });
});
