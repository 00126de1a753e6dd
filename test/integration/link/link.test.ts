/** Agents and a controller over a real WebSocket: targets, reports, reconnects, refusals. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../support/agent/eventually.ts';
import { startCutWire } from '../../support/link/cut-wire.ts';
import { startLabReplica, startLinkLab } from '../../support/link/link-lab.ts';
import { one, removeTargets, setTargets, startedLab, two } from '../../support/link/small-fleet.ts';
import { TestAgent } from '../../support/link/test-agent.ts';
import { commitOf, node, observedOf, targetOf } from '../../support/registry/builders.ts';

describe('an agent', () => {
  it('is welcomed, gets all targets of its node, and only changes afterwards', async () => {
    const lab = await startedLab();
    const agent = new TestAgent(lab);
    await agent.has(2);
    expect([...agent.targets.keys()]).toEqual(['A.One@n1']);
    expect(agent.welcomes).toMatchObject([{ heartbeatMs: 50 }]);
    expect(agent.nodeFacts).toMatchObject({ dataCenter: 'd1', addresses: { main: '10.0.0.1' } });
    expect(lab.replica.state.sessions.get('n1')).toMatchObject({
      state: 'alive',
      hostname: 'host-of-s1',
    });

    await lab.propose(setTargets(targetOf(two, 'n1'), targetOf(two, 'n2')));
    await eventually(() => agent.targets.has('A.Two@n1'));
    await lab.propose(removeTargets('A.One@n1'));
    await eventually(() => !agent.targets.has('A.One@n1'));
    const [full, ...deltas] = agent.targetMessages;
    expect(full).not.toHaveProperty('base');
    expect(deltas.map(({ upsert, remove }) => [upsert.length, remove])).toEqual([
      [1, []],
      [0, ['A.One@n1']],
    ]);
    await eventually(() => lab.links.appliedRevision('n1') === agent.revision);
    expect(lab.links.heardAt('n1')).toBeGreaterThan(Date.now() - 10_000);
  });

  it('is told when its node changes', async () => {
    const lab = await startedLab();
    const agent = new TestAgent(lab);
    await agent.has(2);
    const moved = { ...node('n1'), addresses: { main: '10.9.9.9' } };
    await lab.propose(commitOf('c2', { upsertNodes: [moved] }));
    await eventually(() => agent.nodeFacts?.addresses['main'] === '10.9.9.9');
    expect(agent.targetMessages.at(-1)).toMatchObject({ upsert: [], remove: [] });
  });

  it('has its reports acknowledged when they are in the registry, also many at once', async () => {
    const lab = await startedLab();
    const agent = new TestAgent(lab);
    await agent.opened();
    for (let restarts = 1; restarts <= 200; restarts += 1) {
      agent.report({ instances: [observedOf('A.One@n1', { restarts })] });
    }
    await eventually(() => agent.ackedReport === agent.reports);
    expect(agent.reports).toBe(201);
    expect(lab.replica.state.observed.get('A.One@n1')?.restarts).toBe(200);
    // Reports that arrive while one is written go together.
    expect(lab.replica.sequence).toBeLessThan(150);
  });

  it('counts as heard once its full report is durable, for as long as it is connected', async () => {
    const lab = await startedLab();
    const heard: string[] = [];
    lab.links.onReported((name) => heard.push(name));
    expect(lab.links.hasReported('n1')).toBe(false);
    const agent = new TestAgent(lab);
    await eventually(() => lab.links.hasReported('n1'));
    expect(lab.replica.sequence).toBe(4);
    agent.report({ instances: [observedOf('A.One@n1')] });
    await eventually(() => agent.ackedReport === 2);
    expect(heard).toEqual(['n1']);
    await agent.connection.close();
    await eventually(() => !lab.links.hasReported('n1'));
    expect(lab.replica.state.sessions.get('n1')?.state).toBe('alive');
  });

  it('that comes back gets what changed meanwhile, and nothing when nothing did', async () => {
    const lab = await startedLab();
    const wire = await startCutWire(lab.url);
    const agent = new TestAgent({ ...lab, url: wire.url });
    await agent.has(2);
    await eventually(() => lab.links.appliedRevision('n1') === agent.revision);

    wire.cut();
    await agent.opened(2);
    await lab.propose(setTargets(targetOf(two, 'n1')));
    await eventually(() => agent.targets.size === 2);
    expect(agent.targetMessages.slice(1).every(({ base }) => base !== undefined)).toBe(true);

    await eventually(() => lab.links.appliedRevision('n1') === agent.revision);
    wire.cut();
    wire.refuse(true);
    await lab.propose(removeTargets('A.One@n1'));
    wire.refuse(false);
    await agent.opened(3);
    await eventually(() => agent.targets.size === 1);
    expect(agent.targetMessages.at(-1)).toMatchObject({ upsert: [], remove: ['A.One@n1'] });
    expect(agent.targetMessages.at(-1)).toHaveProperty('base');
    expect(lab.eventsOf('NodeLost')).toEqual([]);
  });

  it('whose acknowledgement was lost gets everything again', async () => {
    const lab = await startedLab();
    const wire = await startCutWire(lab.url);
    const agent = new TestAgent({ ...lab, url: wire.url, loseAcks: true });
    await agent.has(2);
    wire.cut();
    await agent.opened(2);
    await eventually(() => agent.targetMessages.length === 2);
    expect(agent.targetMessages[1]).not.toHaveProperty('base');
    expect([...agent.targets.keys()]).toEqual(['A.One@n1']);
    expect(lab.links.appliedRevision('n1')).toBeUndefined();
  });

  it('with a revision of another registry gets everything', async () => {
    const lab = await startedLab();
    const agent = new TestAgent(lab);
    agent.revision = 2;
    await eventually(() => agent.targetMessages.length === 1);
    expect(agent.targetMessages[0]).not.toHaveProperty('base');
  });

  it('is back at once after the controller restarts in good order, and is never lost', async () => {
    const replica = await startLabReplica();
    const first = await startedLab({ replica });
    // A back-off that would show: only an orderly restart is answered without it.
    const timing = { retryMinMs: 60_000, retryMaxMs: 60_000 };
    const agent = new TestAgent({ ...first, timing });
    await agent.has(2);
    const port = Number(new URL(first.url).port);
    const closing = first.close();
    await eventually(() => agent.lost.length > 0);
    expect(agent.lost[0]).toMatchObject({ retryInMs: 0 });
    await closing;
    const again = await startLinkLab({ replica, port });
    expect(again.eventsOf('NodeLost')).toEqual([]);
  });

  it('is lost when it is silent, and found when it is back', async () => {
    const lab = await startedLab();
    const wire = await startCutWire(lab.url);
    const agent = new TestAgent({ ...lab, url: wire.url });
    await agent.opened();
    wire.freeze(true);
    await eventually(() => lab.replica.state.sessions.get('n1')?.state === 'lost');
    await eventually(() => agent.lost.length > 0);
    expect(agent.lost[0]?.message).toMatch(/nothing was heard from the controller/);
    wire.freeze(false);
    await agent.opened(2);
    await eventually(() => lab.replica.state.sessions.get('n1')?.state === 'alive');
    expect(lab.eventsOf('NodeLost')).toHaveLength(1);
  });

  it('that was known before the controller began is lost if it does not come', async () => {
    const replica = await startLabReplica();
    const first = await startedLab({ replica });
    const agent = new TestAgent(first);
    await agent.opened();
    await agent.connection.close();
    await first.close();
    expect(replica.state.sessions.get('n1')?.state).toBe('alive');
    const second = await startLinkLab({ replica });
    await eventually(() => second.replica.state.sessions.get('n1')?.state === 'lost');
  });

  it('of a node that is taken out of Git is emptied, and then refused', async () => {
    const lab = await startedLab();
    const agent = new TestAgent(lab);
    await agent.has(2);
    agent.report({ instances: [observedOf('A.One@n1')] });
    await lab.propose(commitOf('c2', { removeNodes: ['n1'], removeScopes: [one.scope] }));
    await lab.propose(removeTargets('A.One@n1', 'A.One@n2'));
    await eventually(() => agent.targets.size === 0);
    expect(agent.connection.isOpen).toBe(true);
    agent.report({ gone: ['A.One@n1'] });
    await eventually(() => agent.lost.some(({ refusal }) => refusal?.code === 'NODE_UNKNOWN'));
    expect(lab.replica.state.sessions.has('n1')).toBe(false);
  });
});

describe('an agent is refused', () => {
  it('for a node that Git does not know, told which file to add, and let in once it is there', async () => {
    const lab = await startedLab();
    const agent = new TestAgent({ ...lab, node: 'n7' });
    await eventually(() => agent.lost.length > 0);
    expect(agent.lost[0]).toMatchObject({
      refusal: {
        code: 'NODE_UNKNOWN',
        message: expect.stringMatching(/nodes\/n7\.yaml.*metadata\.name: n7/),
      },
    });
    await lab.propose(commitOf('c2', { upsertNodes: [node('n7')] }));
    await agent.opened();
  });

  it('for a node that another live agent serves, and let in when that one is gone', async () => {
    const lab = await startedLab();
    const older = new TestAgent(lab);
    await older.opened();
    const newer = new TestAgent({ ...lab, sessionId: 's2' });
    await eventually(() => newer.lost.length > 0);
    expect(newer.lost[0]).toMatchObject({
      refusal: { code: 'NODE_BUSY', message: expect.stringContaining('host-of-s1') },
    });
    expect(older.connection.isOpen).toBe(true);
    await older.connection.close();
    await newer.opened();
    expect(lab.replica.state.sessions.get('n1')?.sessionId).toBe('s2');
    expect(lab.eventsOf('NodeLost')).toEqual([]);
  });

  it('without the right token, told where it is', async () => {
    const lab = await startedLab();
    const agent = new TestAgent({ ...lab, token: 'wrong' });
    await eventually(() => agent.lost.length > 0);
    expect(agent.lost[0]).toMatchObject({
      refusal: { code: 'API_UNAUTHORIZED', message: expect.stringContaining('tokens/agent') },
    });
  });

  it('over TLS only by itself, when it does not trust the controller', async () => {
    const folder = new URL('../../fixtures/tls/', import.meta.url);
    const cert = readFileSync(new URL('localhost.crt', folder), 'utf8');
    const key = readFileSync(new URL('localhost.key', folder), 'utf8');
    const lab = await startedLab({ tls: { cert, key } });
    expect(lab.url).toMatch(/^https:/);
    const trusting = new TestAgent({ ...lab, ca: cert });
    await trusting.has(2);
    const suspicious = new TestAgent({ ...lab, node: 'n2' });
    await eventually(() => suspicious.lost.length > 0);
    expect(suspicious.lost[0]?.message).toMatch(/self-signed certificate/);
  });

  it('by nobody: it goes on trying', async () => {
    const agent = new TestAgent({ url: 'http://127.0.0.1:9', token: 'x' });
    await eventually(() => agent.lost.length > 2);
    expect(agent.lost[0]?.message).toMatch(/ECONNREFUSED/);
    expect(agent.connection.send({ type: 'heartbeat' })).toBe(false);
  });
});
