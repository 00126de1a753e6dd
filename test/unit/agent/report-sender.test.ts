/** Reports are sent a few batches at a time, until each is acknowledged. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Collected } from '../../../link/messages/messages.ts';
import type { Batch, Cursor } from '../../../nodeagent/reports/report-buffer.ts';
import { ReportSender } from '../../../nodeagent/reports/report-sender.ts';

const entry = { kind: 'stat' as const, at: 1, source: 'A.One', node: 'n1', body: '{}' };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Batches of two entries each, of one stream. */
function start(batches: number) {
  const world = { batches, hasRoom: true, sent: [] as number[], acknowledged: [] as number[] };
  const read = (cursor: Cursor | undefined): Batch | undefined => {
    const from = cursor?.number ?? 1;
    if (from > world.batches * 2) return undefined;
    const next = { order: 1, offset: 0, number: from + 2 };
    return { stream: 's', from, entries: [entry, entry], next };
  };
  const reports = {
    read,
    acknowledged: (_stream: string, upTo: number) => void world.acknowledged.push(upTo),
  };
  const sender = new ReportSender(reports, (message) => {
    if (world.hasRoom) world.sent.push((message as Collected).from);
    return world.hasRoom;
  });
  const ack = (upTo: number) => sender.onMessage({ type: 'collected-ack', stream: 's', upTo });
  return { world, sender, ack };
}

describe('a report sender', () => {
  it('sends nothing without a connection, and then no more than a few batches', () => {
    const { world, sender, ack } = start(10);
    sender.pump();
    expect(world.sent).toEqual([]);
    sender.onOpen();
    expect(world.sent).toEqual([1, 3, 5, 7]);
    ack(2);
    expect(world.sent).toEqual([1, 3, 5, 7, 9]);
    // One acknowledgement may stand for several batches.
    ack(8);
    expect(world.sent).toEqual([1, 3, 5, 7, 9, 11, 13, 15]);
    expect(world.acknowledged).toEqual([2, 8]);
  });

  it('waits for room, and goes on where it was', () => {
    const { world, sender } = start(3);
    world.hasRoom = false;
    sender.onOpen();
    world.hasRoom = true;
    sender.onDrain();
    expect(world.sent).toEqual([1, 3, 5]);
  });

  it('sends again on a new connection what was not acknowledged on the old one', () => {
    const { world, sender, ack } = start(3);
    sender.onOpen();
    ack(2);
    sender.onClose();
    sender.onOpen();
    expect(world.sent).toEqual([1, 3, 5, 3, 5]);
    // The controller had them already, and more than it was sent now.
    ack(6);
    expect(world.acknowledged).toEqual([2, 6]);
    sender.onClose();
    sender.onOpen();
    expect(world.sent).toHaveLength(5);
  });

  it('sends again on the same connection when no answer comes, and not when all came', () => {
    const { world, sender, ack } = start(2);
    sender.onOpen();
    vi.advanceTimersByTime(14_000);
    expect(world.sent).toEqual([1, 3]);
    vi.advanceTimersByTime(2_000);
    expect(world.sent).toEqual([1, 3, 1, 3]);
    ack(4);
    vi.advanceTimersByTime(60_000);
    expect(world.sent).toHaveLength(4);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not take messages or acknowledgements of others for its own', () => {
    const { world, sender } = start(1);
    sender.onOpen();
    expect(sender.onMessage({ type: 'report-ack', number: 2 })).toBe(false);
    expect(sender.onMessage({ type: 'collected-ack', stream: 'other', upTo: 2 })).toBe(true);
    expect(world.acknowledged).toEqual([]);
  });
});
