/** Whoever speaks to the link and is no agent, or a broken one, is told so and cut off. */

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { protocolVersion } from '../../../link/messages/messages.ts';
import { encodeMessage } from '../../../link/messages/wire.ts';
import { eventually } from '../../support/agent/eventually.ts';
import type { LinkLab } from '../../support/link/link-lab.ts';
import { setTargets, startedLab, two } from '../../support/link/small-fleet.ts';
import { TestAgent } from '../../support/link/test-agent.ts';
import { observedOf, targetOf } from '../../support/registry/builders.ts';

async function dial(lab: LinkLab) {
  const headers = { authorization: `Bearer ${lab.token}` };
  const socket = new WebSocket(`${lab.url.replace('http', 'ws')}/link`, { headers });
  onTestFinished(() => socket.terminate());
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  const refusals: string[] = [];
  socket.on('message', (data) => refusals.push(String(data)));
  socket.on('error', () => {});
  await new Promise((resolve) => socket.on('open', resolve));
  return { socket, closed, refusals };
}

const hello = (parts: object = {}) =>
  encodeMessage({
    type: 'hello',
    protocolVersion,
    node: 'n1',
    sessionId: 's9',
    agentVersion: '0',
    bootId: 'b',
    hostname: 'h',
    haveRevision: 0,
    ...parts,
  });
const report = (parts: object) =>
  encodeMessage({ type: 'report', number: 1, full: true, instances: [], gone: [], ...parts });

describe('a stranger', () => {
  const ends: (() => Promise<void> | void)[] = [];
  let lab: LinkLab;
  beforeAll(async () => {
    lab = await startedLab({ onEnd: (end) => ends.push(end) });
  });
  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  it.each([
    ['text', ['hello'], 'LINK_MESSAGE_INVALID'],
    ['random bytes', [Uint8Array.of(1, 2, 3)], 'LINK_MESSAGE_INVALID'],
    ['a report before hello', [report({})], 'LINK_MESSAGE_INVALID'],
    ['another version', [hello({ protocolVersion: 99 })], 'LINK_PROTOCOL_VERSION'],
    [
      'another version with other fields',
      [hello({ protocolVersion: 99, tls: 1 })],
      'LINK_PROTOCOL_VERSION',
    ],
    ['a report before welcome', [hello(), report({})], 'LINK_MESSAGE_INVALID'],
  ] as const)('that sends %s is told so and cut off', async (_name, frames, code) => {
    const { socket, closed, refusals } = await dial(lab);
    for (const frame of frames) socket.send(frame);
    expect(await closed).toBe(1008);
    expect(refusals.at(-1)).toContain(code);
  });

  it.each([
    ['a second hello', hello(), 'LINK_MESSAGE_INVALID'],
    ['a first report that is not full', report({ full: false }), 'LINK_MESSAGE_INVALID'],
    [
      'an acknowledgement of the future',
      encodeMessage({ type: 'targets-ack', revision: 9_999 }),
      'LINK_MESSAGE_INVALID',
    ],
    [
      'an instance of another node',
      report({ instances: [observedOf('A.One@n2')] }),
      'REPORT_FOREIGN_INSTANCE',
    ],
  ])('that was let in and sends %s is cut off', async (_name, frame, code) => {
    const { socket, closed, refusals } = await dial(lab);
    socket.send(hello());
    await eventually(() => refusals.some((text) => text.includes('welcome')));
    socket.send(frame);
    expect(await closed).toBe(1008);
    expect(refusals.at(-1)).toContain(code);
    expect(lab.replica.state.observed.size).toBe(0);
  });

  it('that sends a frame above the limit is cut off without reading it', async () => {
    const { socket, closed } = await dial(lab);
    socket.send(new Uint8Array(17 * 1024 * 1024));
    expect([1006, 1009]).toContain(await closed);
  });

  it('that says nothing is cut off', async () => {
    const { closed } = await dial(lab);
    expect(await closed).toBe(1013);
  });

  it('that is the same agent on a new connection takes over from the old one', async () => {
    const first = await dial(lab);
    first.socket.send(hello());
    await eventually(() => first.refusals.some((text) => text.includes('welcome')));
    const second = await dial(lab);
    second.socket.send(hello());
    expect(await first.closed).toBe(1006);
    await eventually(() => second.refusals.some((text) => text.includes('welcome')));
    expect(second.socket.readyState).toBe(WebSocket.OPEN);
    second.socket.close();
    await second.closed;
  });

  it('cannot disturb an agent that is served', async () => {
    const agent = new TestAgent(lab);
    await agent.opened();
    const { socket, closed } = await dial(lab);
    socket.send(Uint8Array.of(0xdd, 255, 255, 255, 255));
    await closed;
    await lab.propose(setTargets(targetOf(two, 'n1')));
    await eventually(() => agent.targets.size === 2);
    expect(agent.welcomes).toHaveLength(1);
  });
});
