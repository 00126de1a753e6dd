/** Agents that move between controllers of one log, over real WebSockets. */

import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { ControllerMessage } from '../../../link/messages/messages.ts';
import { decodeControllerMessage, encodeMessage } from '../../../link/messages/wire.ts';
import { eventually } from '../../support/agent/eventually.ts';
import {
  startControllerGroup,
  type ControllerGroup,
  type GroupMember,
} from '../../support/link/controller-group.ts';
import { startCutWire } from '../../support/link/cut-wire.ts';
import { one, setTargets, two } from '../../support/link/small-fleet.ts';
import { TestAgent } from '../../support/link/test-agent.ts';
import { commitOf, node, observedOf, targetOf } from '../../support/registry/builders.ts';

/** With targets of both nodes, written as by a leader of old. */
async function startedGroup(names: readonly string[] = ['a', 'b', 'c']): Promise<ControllerGroup> {
  const group = await startControllerGroup(names, { leads: false });
  const first = group.member(names[0] ?? '');
  const wish = { type: 'acquire-lease', name: 'other', holder: 'x', durationMs: 1 } as const;
  const identity = { registryId: 'registry-1' };
  await first.propose({ type: 'lease', at: 1, controller: 'a', lease: wish, ...identity });
  await first.propose(
    commitOf('c1', { upsertNodes: [node('n1'), node('n2')], upsertScopes: [one, two] }),
  );
  const files = [{ path: 'big.conf', content: 'x'.repeat(20_000) }];
  const big = targetOf(one, 'n1');
  await first.propose(
    setTargets({ ...big, revision: 'r0', content: { ...big.content, files } }, targetOf(one, 'n2')),
  );
  return group;
}

const urls = ({ members }: ControllerGroup, ...names: string[]) =>
  names.map((name) => members.get(name)?.url).join(',');

const sessionOf = ({ replica }: GroupMember, name = 'n1') => replica.state.sessions.get(name);

const bytesOf = (message: ControllerMessage) => encodeMessage(message).byteLength;

/** A connection that is made by hand, and never made again. */
async function dial({ url, token }: { readonly url: string; readonly token: string }) {
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
  return { socket, received, got: (type: string) => received.find((each) => each.type === type) };
}

describe('an agent whose controller ends in good order', () => {
  it('is at another one at once, and gets only what changed meanwhile', async () => {
    const group = await startedGroup();
    const agent = new TestAgent({ url: urls(group, 'a', 'b'), token: group.token });
    await agent.opened();
    await agent.has(3);
    await eventually(() => group.member('b').links.hasReported('n1'));
    expect(sessionOf(group.member('c'))).toMatchObject({ controller: 'a', state: 'alive' });
    const [full] = agent.targetMessages;
    expect(bytesOf(full!)).toBeGreaterThan(20_000);

    await group.member('a').stop();
    await agent.opened(2);
    const { b, c } = { b: group.member('b'), c: group.member('c') };
    await eventually(() => sessionOf(c)?.controller === 'b');
    expect(agent.lost).toMatchObject([{ retryInMs: 0 }]);
    await b.propose(setTargets(targetOf(two, 'n1')));
    await eventually(() => agent.targets.has('A.Two@n1'));
    expect([...agent.targets.keys()]).toEqual(['A.One@n1', 'A.Two@n1']);
    const later = agent.targetMessages.slice(1);
    expect(later.every(({ base }) => base !== undefined)).toBe(true);
    expect(later.flatMap(({ upsert }) => upsert.map(({ instance }) => instance))).toEqual([
      'A.Two@n1',
    ]);
    expect(later.reduce((sum, message) => sum + bytesOf(message), 0)).toBeLessThan(2_000);
    await eventually(() => c.links.hasReported('n1'));
    expect(c.eventsOf('NodeLost')).toEqual([]);
    expect(c.eventsOf('NodeConnected')).toHaveLength(1);
  });

  it('gets only what changed also from a controller that began later', async () => {
    const group = await startedGroup(['a']);
    const agent = new TestAgent({ url: urls(group, 'a'), token: group.token });
    await agent.has(3);
    // Nothing of this concerns the node.
    for (const commit of ['c2', 'c3']) {
      await group.member('a').propose(setTargets({ ...targetOf(one, 'n2'), commit }));
    }
    const late = await group.start('late');
    await agent.connection.close();
    const moved = new TestAgent({ url: late.url, token: group.token, holds: agent });
    await moved.opened();
    await eventually(() => late.links.appliedRevision('n1') !== undefined);
    const base = agent.revision;
    expect(moved.targetMessages).toMatchObject([{ base, upsert: [], remove: [] }]);
    expect(moved.welcomes[0]?.controllers?.toSorted()).toEqual(
      [group.member('a').url, late.url].toSorted(),
    );
  });

  it('gets everything when its revision is of another registry', async () => {
    const group = await startedGroup(['a']);
    const holds = { revision: 3, registryId: 'registry-0', targets: new Map() };
    const agent = new TestAgent({ url: urls(group, 'a'), token: group.token, holds });
    await eventually(() => agent.targetMessages.length > 0);
    expect(agent.targetMessages[0]).not.toHaveProperty('base');
  });
});

describe('an agent that says hello elsewhere while its old connection still stands', () => {
  it('is served there; the old connection ends, and its late reports change nothing', async () => {
    const group = await startedGroup();
    const [a, b] = [group.member('a'), group.member('b')];
    const hello = { node: 'n1', sessionId: 's1', agentVersion: '0', bootId: 'b', hostname: 'h' };
    const old = await dial(a);
    const closed = new Promise((resolve) => old.socket.on('close', resolve));
    old.socket.send(
      encodeMessage({ type: 'hello', protocolVersion: 3, haveRevision: 0, ...hello }),
    );
    await eventually(() => old.got('welcome'));
    const opened = sessionOf(a)?.opened;

    const agent = new TestAgent({ url: b.url, token: group.token });
    await agent.opened();
    await eventually(() => agent.ackedReport > 0);
    await closed;
    await eventually(() => a.links.connected === 0);
    // What a had under way arrives after all.
    const late = { at: 1, node: 'n1', sessionId: 's1', full: true, gone: [] } as const;
    const instances = [observedOf('A.One@n1')];
    const { result } = await a.replica.propose({
      type: 'report-observed',
      ...late,
      ...(opened === undefined ? {} : { opened }),
      instances,
    });
    expect(result).toMatchObject({ accepted: false, code: 'STALE_SESSION' });
    expect([agent.connection.isOpen, agent.welcomes.length]).toEqual([true, 1]);
    expect(sessionOf(a)).toMatchObject({ controller: 'b', reported: true, state: 'alive' });
    expect(a.replica.state.observed.size).toBe(0);
    // Nobody but b says that it is lost.
    const before = group.log.entries.length;
    await agent.connection.close();
    await eventually(() => sessionOf(b)?.state === 'lost');
    expect(b.eventsOf('NodeLost')).toHaveLength(1);
    expect(group.log.entries).toHaveLength(before + 1);
  });

  it('and is another process is refused until the one at the other controller is lost', async () => {
    const group = await startedGroup();
    const older = new TestAgent({ url: urls(group, 'a'), token: group.token });
    await older.opened();
    const rival = new TestAgent({ url: urls(group, 'b'), token: group.token, sessionId: 's2' });
    await eventually(() => rival.lost.length > 1);
    expect(rival.lost[0]?.refusal).toMatchObject({
      code: 'NODE_BUSY',
      message: expect.stringContaining('connected to controller a'),
    });
    expect([older.connection.isOpen, older.lost.length]).toEqual([true, 0]);
    await older.connection.close();
    await rival.opened();
    expect(sessionOf(group.member('c'))).toMatchObject({ controller: 'b', sessionId: 's2' });
  });
});

describe('a controller that begins', () => {
  it('takes no agent of others for lost, and puts its own in doubt until they are back', async () => {
    const timing = { retryMaxMs: 100, deadAfterMs: 400 };
    const group = await startControllerGroup(['a'], { timing });
    const a = group.member('a');
    await a.propose(commitOf('c1', { fencingToken: 1e9, upsertNodes: [node('n1'), node('n2')] }));
    const own = new TestAgent({ url: a.url, token: group.token, node: 'n2', sessionId: 's2' });
    await own.opened();
    await eventually(() => a.links.hasReported('n2'));
    const { b } = { b: await group.start('b') };
    const agent = new TestAgent({ url: b.url, token: group.token });
    await agent.opened();
    await eventually(() => a.links.hasReported('n1'));
    await own.connection.close();
    await a.stop();
    expect(sessionOf(b, 'n2')).toMatchObject({ controller: 'a', state: 'alive', reported: true });

    const again = await group.start('a');
    await eventually(() => sessionOf(b, 'n2')?.reported === false);
    await eventually(() => sessionOf(again, 'n2')?.state === 'lost');
    // What it wrote in the same sweep is before this in the log.
    const { sequence } = await again.replica.propose(commitOf('c1', { fencingToken: 1e9 }));
    await b.replica.waitFor(sequence);
    expect(sessionOf(again, 'n1')).toMatchObject({ controller: 'b', state: 'alive' });
    expect(b.eventsOf('NodeLost').map(({ subject }) => subject.name)).toEqual(['n2']);
  });
});

describe('a controller that is gone', () => {
  it('has its agents declared lost by the leader, once they had time to come back', async () => {
    const timing = { retryMaxMs: 100, deadAfterMs: 400 };
    const group = await startControllerGroup(['a', 'b', 'c'], { timing });
    const leader = await group.leader();
    const [gone, other] = [...group.members.values()].filter((each) => each !== leader);
    await leader.propose(
      commitOf('c1', { fencingToken: 1e9, upsertNodes: [node('n1'), node('n2')] }),
    );
    const stays = new TestAgent({ url: gone!.url, token: group.token });
    const wire = await startCutWire(gone!.url);
    const moves = new TestAgent({
      url: `${wire.url},${other!.url}`,
      token: group.token,
      node: 'n2',
      sessionId: 's2',
    });
    await Promise.all([stays.opened(), moves.opened()]);
    await eventually(() => leader.links.hasReported('n1') && leader.links.hasReported('n2'));
    // It is cut off from the others: it cannot write, and does not count as there.
    group.live.delete(gone!.name);
    await eventually(() => !leader.links.hasReported('n1'));
    wire.cut();
    wire.refuse(true);
    await moves.opened(2);
    await eventually(() => leader.replica.state.sessions.get('n1')?.state === 'lost');
    group.live.add(gone!.name);
    // One that still holds the connection sends its agent away, to come back with a new report.
    await stays.opened(2);
    await eventually(() => sessionOf(leader)?.state === 'alive');
    expect(sessionOf(leader, 'n2')).toMatchObject({ controller: other!.name, state: 'alive' });
    const lost = leader.eventsOf('NodeLost').map(({ subject }) => subject.name);
    expect(new Set(lost)).toEqual(new Set(['n1']));
  });
});

it('a controller that is cut off sends its agents to the others', async () => {
  const group = await startedGroup(['a', 'b']);
  const agent = new TestAgent({ url: urls(group, 'a', 'b'), token: group.token });
  await agent.opened();
  group.cutOff.add('a');
  await agent.opened(2);
  await eventually(() => sessionOf(group.member('b'))?.controller === 'b');
  expect(agent.lost[0]?.message).toMatch(/cut off from the others/);
});

it('an agent of the version before is let in, and told nothing that it does not know', async () => {
  const group = await startedGroup(['a', 'b']);
  const a = group.member('a');
  // As an agent of version 2 of the link sent it.
  const recorded =
    '88a46e6f6465a26e31a973657373696f6e4964a27331ac6167656e7456657273696f6ea5302e312e30' +
    'a6626f6f744964a26231a8686f73746e616d65a86f6c642d686f7374ac686176655265766973696f6e00' +
    'a474797065a568656c6c6faf70726f746f636f6c56657273696f6e02';
  const { socket, received, got } = await dial(a);
  socket.send(Buffer.from(recorded, 'hex'));
  await eventually(() => got('targets'));
  expect(received[0]).toEqual({
    type: 'welcome',
    heartbeatMs: 50,
    packagesPath: expect.any(String),
  });
  expect(sessionOf(group.member('b'))).toMatchObject({ controller: 'a', hostname: 'old-host' });
});
