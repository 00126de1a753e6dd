/** Who hears of which changes, and how many may. */

import { expect, test } from 'vitest';
import type { LookupAnswer } from '../../../registry/lookup/lookup-model.ts';
import { QuerySubscribers } from '../../../registry/lookup/query-subscribers.ts';
import type { Push } from '../../../tars/rpc/tars-connection.ts';
import { readFields } from '../../support/servants/read-fields.ts';

class FakeConnection {
  readonly pushes: { func: string; fields: ReturnType<typeof readFields> }[] = [];
  readonly #listeners: (() => void)[] = [];

  push({ func = '', body = new Uint8Array(0) }: Push): boolean {
    this.pushes.push({ func, fields: readFields(body) });
    return true;
  }

  onClose(listener: () => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    for (const listener of this.#listeners) listener();
  }
}

const nothing = (): LookupAnswer => ({ ret: 0, active: [], inactive: [] });

test('each hears of its own objects, and of all of them when the topology changes', () => {
  const subscribers = new QuerySubscribers('7');
  const [one, other] = [new FakeConnection(), new FakeConnection()];
  subscribers.subscribe(one, 'a.b.c', nothing);
  subscribers.subscribe(one, 'a.b.d', nothing);
  subscribers.subscribe(other, 'a.b.d', nothing);
  subscribers.changed(['a.b.c', 'x.y.z']);
  subscribers.changed(['a.b.d']);
  const names = (connection: FakeConnection) => connection.pushes.map(({ fields }) => fields[1]);
  expect([names(one), names(other)]).toEqual([['a.b.c', 'a.b.d'], ['a.b.d']]);
  subscribers.changed('topology');
  expect([names(one).length, names(other).length]).toEqual([4, 2]);
  one.close();
  expect([subscribers.has('a.b.c'), subscribers.has('a.b.d')]).toEqual([false, true]);
  subscribers.changed(['a.b.c', 'a.b.d']);
  expect([names(one).length, names(other).length]).toEqual([4, 3]);
});

test('timestamps tell who is behind', () => {
  const subscribers = new QuerySubscribers('7');
  const [fresh, stale] = [new FakeConnection(), new FakeConnection()];
  subscribers.changed(['a.b.c']);
  subscribers.subscribeToAll(fresh, subscribers.timestamps);
  expect(fresh.pushes).toEqual([]);
  subscribers.subscribeToAll(stale, new Map([['object', '6.1']]));
  const now = new Map([
    ['object', '7.1'],
    ['topology', '7.0'],
  ]);
  expect(stale.pushes).toEqual([{ func: 'registerChange', fields: { 0: 0, 1: now, 2: [] } }]);
  subscribers.changed(['a.b.c', 'a.b.d']);
  expect(fresh.pushes.at(-1)?.fields[2]).toEqual(['a.b.c', 'a.b.d']);
  subscribers.changed(Array.from({ length: 1_001 }, (_, index) => `a.b.c${index}`));
  expect(fresh.pushes.at(-1)?.fields[2]).toEqual([]);
});

test('subscriptions are bounded, and given back when a connection closes', () => {
  const subscribers = new QuerySubscribers('7');
  const fill = () => {
    const connection = new FakeConnection();
    const taken = Array.from({ length: 1_001 }, (_, index) =>
      subscribers.subscribe(connection, `a.b.c${index}`, nothing),
    );
    return { connection, taken: taken.filter(Boolean).length };
  };
  const filled = Array.from({ length: 101 }, fill);
  expect(filled.map(({ taken }) => taken)).toEqual([
    ...Array.from({ length: 100 }, () => 1_000),
    0,
  ]);
  filled[0]?.connection.close();
  expect(fill().taken).toBe(1_000);
});
