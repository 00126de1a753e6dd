/** What happens when one side is slow, paused, or cannot write. */

import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { protocolVersion, type Targets } from '../../../link/messages/messages.ts';
import { decodeControllerMessage, encodeMessage } from '../../../link/messages/wire.ts';
import { TarsierError } from '../../../errors/tarsier-error.ts';
import type { RegistryCommand } from '../../../registry/commands.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { startCutWire } from '../../support/link/cut-wire.ts';
import { fastTiming, startLabReplica, type LabReplica } from '../../support/link/link-lab.ts';
import { one, setTargets, startedLab } from '../../support/link/small-fleet.ts';
import { TestAgent } from '../../support/link/test-agent.ts';
import { observedOf, targetOf } from '../../support/registry/builders.ts';

/** A replica whose writes wait for the test, or fail. */
function gate(replica: LabReplica) {
  const control = {
    proposals: [] as RegistryCommand[],
    open: Promise.resolve(),
    failing: false,
    replica: {
      get state() {
        return replica.state;
      },
      get sequence() {
        return replica.sequence;
      },
      subscribe: replica.subscribe.bind(replica),
      waitFor: replica.waitFor.bind(replica),
      snapshot: replica.snapshot.bind(replica),
      close: replica.close.bind(replica),
      async propose(command: RegistryCommand, options?: Parameters<LabReplica['propose']>[1]) {
        control.proposals.push(command);
        if (command.type === 'report-observed') await control.open;
        if (control.failing) throw new TarsierError('LOG_CLOSED', 'no disk');
        return replica.propose(command, options);
      },
    } as LabReplica,
  };
  return control;
}

it('a slow agent costs the controller bounded memory, and ends with the newest targets', async () => {
  const lab = await startedLab();
  const headers = { authorization: `Bearer ${lab.token}` };
  const socket = new WebSocket(`${lab.url.replace('http', 'ws')}/link`, { headers });
  onTestFinished(() => socket.terminate());
  const received: { readonly message: Targets; readonly bytes: number }[] = [];
  socket.on('message', (data) => {
    const decoded = decodeControllerMessage(data as Buffer);
    if (!decoded.ok || decoded.message.type !== 'targets') return;
    received.push({ message: decoded.message, bytes: (data as Buffer).byteLength });
  });
  await new Promise((resolve) => socket.on('open', resolve));
  const hello = { node: 'n1', sessionId: 's1', agentVersion: '0', bootId: 'b', hostname: 'h' };
  socket.send(encodeMessage({ type: 'hello', protocolVersion, haveRevision: 0, ...hello }));
  await eventually(() => received.length === 1);

  // It lives, and it does not read.
  socket.pause();
  const beat = () => socket.send(encodeMessage({ type: 'heartbeat' }));
  const heartbeat = setInterval(beat, fastTiming.heartbeatMs);
  onTestFinished(() => clearInterval(heartbeat));
  const changes = 60;
  const plain = targetOf(one, 'n1');
  for (let index = 1; index <= changes; index += 1) {
    const files = [{ path: 'big', content: `${index} `.padEnd(1_000_000, 'x') }];
    const content = { ...plain.content, files };
    await lab.propose(setTargets({ ...plain, revision: `r-${index}`, content }));
  }
  socket.resume();
  await eventually(() => received.at(-1)?.message.upsert[0]?.revision === `r-${changes}`);
  // Far fewer than the changes: what had to wait was joined, not queued.
  expect(received.length).toBeLessThan(changes / 2);
  let revision = 0;
  for (const { message } of received) {
    if (message.base !== undefined) expect(message.base).toBe(revision);
    revision = message.revision;
  }
});

it('an agent that reports faster than the log writes is told to wait, and loses nothing', async () => {
  const control = gate(await startLabReplica());
  const lab = await startedLab({ replica: control.replica });
  const agent = new TestAgent(lab);
  await eventually(() => agent.ackedReport === 1);
  const held = Promise.withResolvers<void>();
  control.open = held.promise;
  const message = 'x'.repeat(15_000);
  const latest = (restarts: number) => observedOf('A.One@n1', { restarts, message });
  let sent = 0;
  let isFull = false;
  for (let round = 0; round < 400 && !isFull; round += 1) {
    for (let index = 0; index < 20 && !isFull; index += 1) {
      isFull = !agent.report({ instances: [latest(sent + 1)] });
      if (!isFull) sent += 1;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(isFull).toBe(true);
  // Long enough for either side to call the other dead, if waiting were taken for death.
  const until = performance.now() + 3 * fastTiming.deadAfterMs;
  await eventually(() => performance.now() > until);
  expect(agent.lost).toEqual([]);
  expect(lab.eventsOf('NodeLost')).toEqual([]);

  const before = control.proposals.length;
  held.resolve();
  await eventually(() => agent.drains > 0);
  await eventually(() => lab.replica.state.observed.get('A.One@n1')?.restarts === sent);
  expect(control.proposals.length - before).toBeLessThan(sent / 4);
  expect(agent.report({ instances: [latest(sent + 1)] })).toBe(true);
  await eventually(() => lab.replica.state.observed.get('A.One@n1')?.restarts === sent + 1);
});

it('a log that cannot be written sends agents away for a while, and they come back', async () => {
  const control = gate(await startLabReplica());
  const lab = await startedLab({ replica: control.replica });
  const agent = new TestAgent(lab);
  await eventually(() => agent.ackedReport === 1);
  control.failing = true;
  agent.report({ instances: [observedOf('A.One@n1', { restarts: 5 })] });
  await eventually(() => agent.lost.length > 1);
  expect(agent.lost[0]).not.toHaveProperty('refusal');
  control.failing = false;
  await eventually(() => lab.replica.state.observed.get('A.One@n1')?.restarts === 5);
});

it('a controller that was paused does not call its agents dead', async () => {
  let pausedMs = 0;
  const lab = await startedLab({ monotonicMs: () => performance.now() + pausedMs });
  const agents = [new TestAgent(lab), new TestAgent({ ...lab, node: 'n2' })];
  for (const agent of agents) await agent.opened();
  const gone = agents[1];
  await gone?.connection.close();
  pausedMs += 60_000;
  // One that really is gone is lost all the same, only later.
  await eventually(() => lab.replica.state.sessions.get('n2')?.state === 'lost');
  expect(lab.replica.state.sessions.get('n1')?.state).toBe('alive');
  expect(agents[0]?.lost).toEqual([]);
  expect(lab.eventsOf('NodeLost')).toHaveLength(1);
});

it('a controller that was paused gives agents the time to come back', async () => {
  let pausedMs = 0;
  const deadAfterMs = 5_000;
  const lab = await startedLab({
    monotonicMs: () => performance.now() + pausedMs,
    timing: { deadAfterMs },
  });
  const wire = await startCutWire(lab.url);
  const agent = new TestAgent({ ...lab, url: wire.url, timing: { deadAfterMs } });
  await agent.opened();
  wire.refuse(true);
  wire.cut();
  await eventually(() => agent.lost.length > 0);
  pausedMs += 60_000;
  // Several sweeps see it missing.
  const until = performance.now() + 4 * fastTiming.heartbeatMs;
  await eventually(() => performance.now() > until);
  wire.refuse(false);
  await agent.opened(2);
  expect(lab.eventsOf('NodeLost')).toEqual([]);
});
