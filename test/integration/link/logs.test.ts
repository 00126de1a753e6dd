/** Lines of an instance's output, from its agent through the controller. */

import { describe, expect, it } from 'vitest';
import type { LogsPiece } from '../../../controller/agents/log-streams.ts';
import type { LogsCancel, LogsRequest } from '../../../link/messages/messages.ts';
import { eventually } from '../../support/agent/eventually.ts';
import type { LinkLab } from '../../support/link/link-lab.ts';
import { startedLab } from '../../support/link/small-fleet.ts';
import { TestAgent } from '../../support/link/test-agent.ts';

/** An agent that reads from a file of numbered lines; positions count lines. */
async function writingAgent(lab: LinkLab, lines: number) {
  const agent = new TestAgent(lab);
  const requests: LogsRequest[] = [];
  const cancels: LogsCancel[] = [];
  const isCancelled = (requestId: string) => cancels.some((one) => one.requestId === requestId);
  const send = async (request: LogsRequest) => {
    const { requestId, from } = request;
    let at = 'position' in from ? from.position : lines - Math.min(lines, from.tailLines);
    while (at < lines && !isCancelled(requestId)) {
      const next = Math.min(lines, at + 10);
      const piece = Array.from({ length: next - at }, (_, index) => `line ${at + index}`);
      const end = next === lines && !request.follow ? { end: { code: 'done' as const } } : {};
      const chunk = {
        type: 'logs-chunk' as const,
        requestId,
        lines: piece,
        position: next,
        ...end,
      };
      if (agent.connection.send(chunk)) at = next;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  agent.onTask = (message) => {
    if (message.type === 'logs-cancel') cancels.push(message);
    if (message.type !== 'logs-request') return;
    requests.push(message);
    void send(message);
  };
  await agent.opened();
  await agent.has(2);
  return { agent, requests, cancels };
}

async function collect(
  stream: AsyncIterable<LogsPiece>,
  onPiece: (piece: LogsPiece) => Promise<void> | void = () => {},
): Promise<readonly LogsPiece[]> {
  const pieces: LogsPiece[] = [];
  for await (const piece of stream) {
    pieces.push(piece);
    await onPiece(piece);
  }
  return pieces;
}

const all = { from: { position: 0 }, follow: false } as const;

describe('logs', () => {
  it('are the last lines, to the end', async () => {
    const lab = await startedLab();
    const { requests } = await writingAgent(lab, 100);
    const pieces = await collect(
      lab.links.requestLogs('A.One@n1', { from: { tailLines: 25 }, follow: false, contains: 'li' }),
    );
    expect(pieces.flatMap(({ lines }) => lines)).toEqual(
      Array.from({ length: 25 }, (_, index) => `line ${75 + index}`),
    );
    expect(pieces.at(-1)?.position).toBe(100);
    expect(requests).toMatchObject([{ instance: 'A.One@n1', contains: 'li', follow: false }]);
  });

  it('come in full and in order to a reader that is slow, and wait at the agent', async () => {
    const lab = await startedLab();
    const { requests, cancels } = await writingAgent(lab, 3_000);
    const read: string[] = [];
    for await (const { lines } of lab.links.requestLogs('A.One@n1', all)) {
      read.push(...lines);
      if (read.length < 100) await eventually(() => cancels.length === 1);
    }
    expect(read).toEqual(Array.from({ length: 3_000 }, (_, index) => `line ${index}`));
    expect(requests.length).toBeGreaterThan(1);
  });

  it('end at the agent when the reader stops', async () => {
    const lab = await startedLab();
    const { cancels, requests } = await writingAgent(lab, 20);
    for await (const { lines } of lab.links.requestLogs('A.One@n1', { ...all, follow: true })) {
      if (lines.includes('line 19')) break;
    }
    await eventually(() => cancels.length === 1);
    expect(cancels[0]?.requestId).toBe(requests[0]?.requestId);
  });

  it('end without an error when the signal says so', async () => {
    const lab = await startedLab();
    const { cancels } = await writingAgent(lab, 20);
    const stop = new AbortController();
    const following = lab.links.requestLogs('A.One@n1', {
      ...all,
      follow: true,
      signal: stop.signal,
    });
    const pieces = collect(following, (piece) => {
      if (piece.position === 20) setImmediate(() => stop.abort());
    });
    expect((await pieces).at(-1)?.position).toBe(20);
    await eventually(() => cancels.length === 1);
  });

  it('end with an error when the agent goes away', async () => {
    const lab = await startedLab();
    const { agent } = await writingAgent(lab, 20);
    const following = collect(
      lab.links.requestLogs('A.One@n1', { ...all, follow: true }),
      async (piece) => {
        if (piece.position === 20) await agent.connection.close();
      },
    );
    await expect(following).rejects.toMatchObject({ code: 'AGENT_OFFLINE' });
  });

  it.each([
    ['no such instance', 'A.Nine@n1', 'INSTANCE_NOT_FOUND'],
    ['no agent', 'A.One@n2', 'AGENT_OFFLINE'],
  ])('fail with a code for %s', async (_name, instance, code) => {
    const lab = await startedLab();
    await writingAgent(lab, 20);
    await expect(collect(lab.links.requestLogs(instance, all))).rejects.toMatchObject({
      code,
    });
  });

  it('fail with what the agent says', async () => {
    const lab = await startedLab();
    const { agent } = await writingAgent(lab, 0);
    agent.onTask = (message) => {
      if (message.type !== 'logs-request') return;
      const end = { code: 'error', message: 'The file is gone.' } as const;
      const { requestId } = message;
      agent.connection.send({ type: 'logs-chunk', requestId, lines: [], position: 0, end });
    };
    const reading = collect(lab.links.requestLogs('A.One@n1', all));
    await expect(reading).rejects.toMatchObject({
      code: 'LOGS_FAILED',
      message: 'The file is gone.',
    });
  });

  it('are refused above a number of streams, which is free again afterwards', async () => {
    const lab = await startedLab();
    await writingAgent(lab, 20);
    const follow = { ...all, follow: true };
    const open = Array.from({ length: 16 }, () => lab.links.requestLogs('A.One@n1', follow));
    for (const stream of open) await stream.next();
    const another = () => lab.links.requestLogs('A.One@n1', follow).next();
    await expect(another()).rejects.toMatchObject({ code: 'LOGS_BUSY' });
    await open[0]?.return(undefined);
    expect((await another()).value?.lines).toHaveLength(10);
  });
});
