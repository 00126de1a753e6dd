/** What agents tell a registry that is made anew, over the real link: honest ones, older ones, and liars. */

import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { ControllerMessage } from '../../../link/messages/messages.ts';
import { decodeControllerMessage, packr } from '../../../link/messages/wire.ts';
import { digestOfRevision } from '../../../spec/resolve/digest.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { startLinkLab, type LinkLab } from '../../support/link/link-lab.ts';
import {
  commitOf,
  node,
  observedOf,
  revisionContent,
  scope,
  targetOf,
} from '../../support/registry/builders.ts';

const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const content = { ...revisionContent('A.One'), env: { LEVEL: 'before' } };
const held = digestOfRevision(content, hash);
const one = scope({ service: 'A.One', nodes: ['n1', 'n2'], revision: 'r2' });
const target = targetOf(one, 'n1', { revision: held, content, generation: 57 });
const began = Date.now();

async function rebuildingLab(): Promise<LinkLab> {
  const lab = await startLinkLab();
  const about = { at: began, controller: 'a', registryId: 'new', waitMs: 60_000 };
  await lab.propose({ type: 'begin-rebuild', ...about });
  const fencingToken = lab.replica.state.fencingToken;
  const upsertNodes = [node('n1'), node('n2')];
  await lab.propose(commitOf('c1', { fencingToken, upsertNodes, upsertScopes: [one] }));
  return lab;
}

/** An agent by hand. */
async function dial({ url, token }: LinkLab, parts: object = {}) {
  const headers = { authorization: `Bearer ${token}` };
  const socket = new WebSocket(`${url.replace('http', 'ws')}/link`, { headers });
  onTestFinished(() => socket.terminate());
  const received: ControllerMessage[] = [];
  socket.on('message', (data) => {
    const decoded = decodeControllerMessage(data as Buffer);
    if (decoded.ok) received.push(decoded.message);
  });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.on('open', resolve));
  const send = (message: object) => socket.send(packr.pack(message));
  const about = { node: 'n1', sessionId: 's1', agentVersion: '0', bootId: 'b', hostname: 'h' };
  send({
    type: 'hello',
    protocolVersion: 4,
    haveRevision: 9,
    registryId: 'old',
    ...about,
    ...parts,
  });
  const got = <Type extends ControllerMessage['type']>(type: Type) =>
    eventually(
      () =>
        received.find(
          (each): each is Extract<ControllerMessage, { type: Type }> => each.type === type,
        ),
      () => JSON.stringify(received),
    );
  return { send, got, received };
}

const report = { type: 'report', number: 1, full: true, instances: [], gone: [] };
const tell = (parts: object) => ({ type: 'held', targets: [], packages: [], ...parts });

describe('an agent that connects after everything was lost', () => {
  it('is asked what it holds, and is told nothing before; then it is told that', async () => {
    const lab = await rebuildingLab();
    const agent = await dial(lab);
    expect(await agent.got('welcome')).toMatchObject({
      registryId: 'new',
      tellHeld: true,
      token: began,
    });
    agent.send(tell({ targets: [target] }));
    agent.send({ ...report, instances: [observedOf('A.One@n1'), observedOf('A.Gone@n1')] });
    const targets = await agent.got('targets');
    expect(targets.upsert).toEqual([target]);
    expect(targets.keep).toEqual(['A.Gone@n1']);
    expect(agent.received.map(({ type }) => type)).toEqual(['welcome', 'report-ack', 'targets']);

    const again = await dial(lab);
    expect(await again.got('welcome')).not.toHaveProperty('tellHeld');
  });

  it('of an older version is asked for nothing that it does not know', async () => {
    const lab = await rebuildingLab();
    const agent = await dial(lab, { protocolVersion: 3 });
    expect(await agent.got('welcome')).toEqual({
      type: 'welcome',
      heartbeatMs: 50,
      packagesPath: expect.any(String),
      registryId: 'new',
    });
    agent.send({ ...report, instances: [observedOf('A.Gone@n1')] });
    const targets = await agent.got('targets');
    expect([targets.upsert, targets.keep]).toEqual([[], ['A.Gone@n1', 'A.One@n1']]);
    agent.send({
      type: 'lock-request',
      requestId: 'k',
      service: 'A.Gone',
      node: 'n1',
      isMaster: true,
      timeoutMs: 5_000,
    });
    expect(await agent.got('lock-result')).toEqual({ type: 'lock-result', requestId: 'k', ret: 0 });
  });

  it('is told the epoch of a lock, so that it can tell it later', async () => {
    const lab = await rebuildingLab();
    const agent = await dial(lab);
    await agent.got('welcome');
    agent.send({ ...report, instances: [observedOf('A.One@n1')] });
    await agent.got('targets');
    agent.send({
      type: 'lock-request',
      requestId: 'k',
      service: 'A.One',
      node: 'n1',
      isMaster: true,
      timeoutMs: 5_000,
    });
    expect(await agent.got('lock-result')).toMatchObject({ ret: 0, epoch: began + 1 });
  });

  it('answers lookups from what it holds until the rebuild has ended', async () => {
    const lab = await rebuildingLab();
    const agent = await dial(lab);
    await agent.got('welcome');
    agent.send({ type: 'interest', full: true, add: ['A.One.Obj'], remove: [] });
    agent.send({ ...report, instances: [observedOf('A.One@n1')] });
    await agent.got('targets');
    expect(agent.received.some(({ type }) => type === 'objects')).toBe(false);
    await lab.propose({ type: 'end-rebuild', at: began + 1, why: 'operator' });
    expect(await agent.got('objects')).toMatchObject({ full: true, unknown: ['A.One.Obj'] });
  });
});

describe('a liar', () => {
  it('does not get its content under a revision that others run', async () => {
    const lab = await rebuildingLab();
    const agent = await dial(lab);
    await agent.got('welcome');
    const evil = { ...content, start: 'evil' };
    agent.send(tell({ targets: [{ ...target, content: evil }] }));
    agent.send(report);
    await agent.got('targets');
    expect(lab.replica.state.targets.size).toBe(0);
  });

  it.each([
    ['no number', Number.NaN],
    ['2^60', 2 ** 60],
    ['below zero', -5],
    ['a word', 'many'],
  ])('that tells %s as its token is refused', async (_name, highestToken) => {
    const lab = await rebuildingLab();
    const before = lab.replica.state.leases.lastToken;
    const agent = await dial(lab);
    await agent.got('welcome');
    agent.send(tell({ highestToken }));
    expect(await agent.got('refuse')).toMatchObject({ code: 'LINK_MESSAGE_INVALID' });
    expect(lab.replica.state.leases.lastToken).toBe(before);
  });

  it('that tells the greatest number there is, is let in and not believed', async () => {
    const lab = await rebuildingLab();
    const agent = await dial(lab);
    await agent.got('welcome');
    agent.send(tell({ highestToken: Number.MAX_SAFE_INTEGER }));
    agent.send(report);
    await agent.got('targets');
    expect(lab.replica.state.leases.lastToken).toBe(began);
    expect(lab.eventsOf('TokenNotBelieved')).toHaveLength(1);
  });

  it('cannot tell what it holds when nobody asks, or of another node', async () => {
    const lab = await rebuildingLab();
    const agent = await dial(lab);
    await agent.got('welcome');
    agent.send(tell({ targets: [{ ...target, instance: 'A.One@n2', node: 'n2' }] }));
    expect(await agent.got('refuse')).toMatchObject({ code: 'REPORT_FOREIGN_INSTANCE' });

    const late = await dial(lab);
    await late.got('welcome');
    late.send(report);
    await late.got('targets');
    late.send(tell({ targets: [target] }));
    expect(await late.got('refuse')).toMatchObject({ code: 'LINK_MESSAGE_INVALID' });
  });
});
