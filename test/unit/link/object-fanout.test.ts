/** Objects are told to those who ask, once for each change, however slow they read. */

import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ObjectFanout } from '../../../controller/agents/object-fanout.ts';
import type { ObjectSubscriber } from '../../../controller/agents/object-subscriber.ts';
import { encodeObject, encodeObjects } from '../../../link/messages/encode-objects.ts';
import type { Objects } from '../../../link/messages/messages.ts';
import { decodeControllerMessage } from '../../../link/messages/wire.ts';
import { lookupEndpoint, lookupObject } from '../../support/link/lookup-objects.ts';
import { offering, servedFleet, serving } from '../../support/link/served-fleet.ts';
import { MemoryReplica } from '../../support/registry/memory-replica.ts';
import { reportOf } from '../../support/registry/builders.ts';

interface Reader {
  readonly subscriber: ObjectSubscriber;
  readonly messages: Objects[];
  hasRoom: boolean;
}

async function start(services: readonly string[] = ['A.One', 'A.Two']) {
  const replica = new MemoryReplica();
  const scopes = services.map((service) => serving(service, ['p1']));
  for (const command of servedFleet(scopes)) await replica.propose(command);
  const fanout = new ObjectFanout({
    state: () => replica.state,
    sequence: () => replica.sequence,
    onTooLarge: (name) => expect.fail(name),
  });
  replica.subscribe(({ result }) => {
    if (result.accepted) fanout.touched(result.changes.services);
  });
  const read = (): Reader => {
    const messages: Objects[] = [];
    const subscriber = fanout.subscribe({
      hasRoom: () => reader.hasRoom,
      sendEncoded(bytes) {
        const decoded = decodeControllerMessage(bytes);
        if (!decoded.ok || decoded.message.type !== 'objects') throw new Error('no objects');
        messages.push(decoded.message);
      },
    });
    const reader: Reader = { subscriber, messages, hasRoom: true };
    return reader;
  };
  const move = (service: string, port: number) =>
    replica.propose(reportOf('p1', 's0', { instances: [offering(`${service}@p1`, port)] }));
  return { replica, fanout, read, move };
}

const interest = (...add: string[]) => ({ type: 'interest', full: true, add, remove: [] }) as const;

const portsOf = (messages: readonly Objects[]) =>
  messages.map(({ upsert }) =>
    upsert.map(({ name, endpoints }) => `${name} ${endpoints.map(({ port }) => port).join()}`),
  );

it('objects that were encoded one by one decode to the message', () => {
  const objects = [
    lookupObject('A.One.Obj', [lookupEndpoint('A.One@n1', { set: 'a.b.c' })]),
    lookupObject('A.Two.Obj'),
  ];
  const head = { type: 'objects', revision: 70_000, unknown: ['A.Three.Obj'], more: true } as const;
  expect(decodeControllerMessage(encodeObjects(head, objects.map(encodeObject)))).toEqual({
    ok: true,
    message: { ...head, upsert: objects },
  });
});

describe('a subscriber', () => {
  it('is told everything that it asks for at first, and then what changes of it', async () => {
    const { read, move, replica } = await start();
    const reader = read();
    reader.subscriber.flush();
    expect(reader.messages).toEqual([]);
    expect(reader.subscriber.onInterest(interest('A.One.Obj', 'A.None.Obj'))).toBeUndefined();
    expect(reader.messages).toMatchObject([
      { full: true, topology: { groups: [] }, unknown: ['A.None.Obj'], revision: 4 },
    ]);
    await move('A.Two', 9_100);
    await turn();
    expect(reader.messages).toHaveLength(1);
    await move('A.One', 9_200);
    await turn();
    expect(portsOf(reader.messages)).toEqual([['A.One.Obj 9001'], ['A.One.Obj 9200']]);
    expect(reader.messages[1]).not.toHaveProperty('topology');
    expect(reader.messages[1]?.revision).toBe(replica.sequence);
  });

  it('that does not read gets one message with what is true in the end', async () => {
    const { read, move } = await start();
    const reader = read();
    reader.subscriber.onInterest(interest('A.One.Obj', 'A.Two.Obj'));
    reader.hasRoom = false;
    for (let port = 9_100; port < 9_200; port += 1) await move('A.One', port);
    await turn();
    expect(reader.messages).toHaveLength(1);
    reader.hasRoom = true;
    reader.subscriber.flush();
    expect(portsOf(reader.messages.slice(1))).toEqual([['A.One.Obj 9199']]);
  });

  it('that gives an object up hears no more of it', async () => {
    const { read, move } = await start();
    const reader = read();
    reader.subscriber.onInterest(interest('A.One.Obj', 'A.Two.Obj'));
    const remove = ['A.One.Obj'];
    reader.subscriber.onInterest({ type: 'interest', full: false, add: [], remove });
    await move('A.One', 9_100);
    await move('A.Two', 9_101);
    await turn();
    expect(portsOf(reader.messages.slice(1)).flat()).toEqual(['A.Two.Obj 9101']);
  });

  it('counts as up to date only when what was sent is acknowledged', async () => {
    const { read, move, replica } = await start();
    const { subscriber, messages } = read();
    expect(subscriber.appliedRevision).toBeUndefined();
    subscriber.onInterest(interest('A.One.Obj'));
    expect(subscriber.appliedRevision).toBeUndefined();
    subscriber.onAck(4);
    expect(subscriber.appliedRevision).toBe(4);
    // Nothing that it asks for.
    await move('A.Two', 9_100);
    expect(subscriber.appliedRevision).toBe(5);
    await move('A.One', 9_100);
    // Before the change is sent, and while it is on its way.
    expect(subscriber.appliedRevision).toBe(4);
    await turn();
    expect(messages).toHaveLength(2);
    expect(subscriber.appliedRevision).toBe(4);
    subscriber.onAck(6);
    expect(subscriber.appliedRevision).toBe(replica.sequence);
  });

  it.each([
    [
      'an acknowledgement of what was never sent',
      (one: ObjectSubscriber) => {
        one.onInterest(interest());
        return one.onAck(99);
      },
    ],
    [
      'a first interest that is not full',
      (one: ObjectSubscriber) => one.onInterest({ ...interest('A.One.Obj'), full: false }),
    ],
    [
      'more names than an agent may ask for',
      (one: ObjectSubscriber) => {
        const names = (letter: string) =>
          Array.from({ length: 15_000 }, (_, index) => `A.${letter}${index}.Obj`);
        one.onInterest(interest(...names('A')));
        return one.onInterest({ ...interest(...names('B')), full: false });
      },
    ],
  ])('that sends %s is refused', async (_name, send) => {
    const { read } = await start();
    expect(send(read().subscriber)).toEqual(expect.any(String));
  });

  it('gets a large answer in parts, of which the last one is to be acknowledged', async () => {
    const services = Array.from({ length: 60 }, (_, index) => `A.S${index}`);
    const { read, replica, fanout } = await start(services);
    const endpoints = (service: string) =>
      Array.from({ length: 800 }, (_, index) => ({
        ...(offering(`${service}@p1`, 1).endpoints[0] as object),
        port: 1_000 + index,
      }));
    const instances = services.map((service) => ({
      ...offering(`${service}@p1`, 1),
      endpoints: endpoints(service) as never,
    }));
    await replica.propose(reportOf('p1', 's0', { instances }));
    fanout.settle();
    const reader = read();
    reader.subscriber.onInterest(interest(...services.map((service) => `${service}.Obj`)));
    expect(reader.messages.length).toBeGreaterThan(1);
    expect(reader.messages.map(({ more }) => more ?? false)).toEqual(
      reader.messages.map((_, index) => index < reader.messages.length - 1),
    );
    expect(reader.messages.flatMap(({ upsert }) => upsert)).toHaveLength(60);
  });
});

it('a change is nothing to those who did not ask, and is encoded once for those who did', async () => {
  const { read, move } = await start();
  const indifferent = Array.from({ length: 1_000 }, read);
  const interested = Array.from({ length: 5 }, read);
  for (const { subscriber } of indifferent) subscriber.onInterest(interest('A.Two.Obj'));
  for (const { subscriber } of interested) subscriber.onInterest(interest('A.One.Obj'));
  let asked = 0;
  for (const reader of [...indifferent, ...interested]) {
    Object.defineProperty(reader, 'hasRoom', { get: () => (asked += 1) > 0 });
  }
  await move('A.One', 9_100);
  await turn();
  expect(asked).toBe(5);
  for (const { messages } of interested)
    expect(portsOf(messages).at(-1)).toEqual(['A.One.Obj 9100']);
  // Who is gone is not looked for any more.
  for (const { subscriber } of interested) subscriber.close();
  await move('A.One', 9_200);
  await turn();
  expect(asked).toBe(5);
});
