/** Commands to running services, and the lock of the one master. */

import { describe, expect, it } from 'vitest';
import { eventually } from '../../support/agent/eventually.ts';
import { startCutWire } from '../../support/link/cut-wire.ts';
import { startLinkedAgent } from '../../support/link/linked-agent.ts';
import { startedLab } from '../../support/link/small-fleet.ts';
import { observedOf } from '../../support/registry/builders.ts';

const request = { instance: 'A.One@n1', text: 'tars.loadconfig a.conf', timeoutMs: 5_000 };

describe('a command', () => {
  it('reaches the instance, and its answer comes back', async () => {
    const lab = await startedLab();
    const asked: string[][] = [];
    const agent = startLinkedAgent({
      ...lab,
      runCommand: async (instance, text) => {
        asked.push([instance, text]);
        return { ok: text !== 'no', text: `did ${text}` };
      },
    });
    await agent.opened();
    expect(await lab.links.sendCommand(request)).toEqual({
      ok: true,
      text: 'did tars.loadconfig a.conf',
    });
    expect(await lab.links.sendCommand({ ...request, text: 'no' })).toEqual({
      ok: false,
      text: 'did no',
    });
    expect(asked).toEqual([
      ['A.One@n1', 'tars.loadconfig a.conf'],
      ['A.One@n1', 'no'],
    ]);
  });

  it('that the agent cannot hand over says why', async () => {
    const lab = await startedLab();
    const agent = startLinkedAgent({
      ...lab,
      runCommand: () => Promise.reject(new Error('It does not run.')),
    });
    await agent.opened();
    expect(await lab.links.sendCommand(request)).toEqual({
      ok: false,
      text: 'It does not run.',
      code: 'COMMAND_FAILED',
    });
  });

  it('that is not answered ends, and the next one is answered', async () => {
    const lab = await startedLab();
    const agent = startLinkedAgent({
      ...lab,
      runCommand: (_instance, text) =>
        text === 'hang' ? new Promise(() => {}) : Promise.resolve({ ok: true, text: 'fine' }),
    });
    await agent.opened();
    const hanging = lab.links.sendCommand({ ...request, text: 'hang', timeoutMs: 100 });
    await expect(
      hanging.catch((error: Error & { code: string }) => {
        throw new Error(error.code);
      }),
    ).rejects.toThrow('COMMAND_TIMEOUT');
    expect(await lab.links.sendCommand(request)).toMatchObject({ ok: true });
  });

  it.each([
    ['to an instance that is none', 'A.None@n1', 'INSTANCE_NOT_FOUND'],
    ['to a node whose agent is away', 'A.One@n2', 'AGENT_OFFLINE'],
  ])('%s fails with a code', async (_name, instance, code) => {
    const lab = await startedLab();
    const agent = startLinkedAgent(lab);
    await agent.opened();
    await expect(lab.links.sendCommand({ ...request, instance })).rejects.toMatchObject({ code });
  });

  it('under way when the agent goes away fails, and its late answer is nobody else’s', async () => {
    const lab = await startedLab();
    const wire = await startCutWire(lab.url);
    const answers: ((answer: { ok: boolean; text: string }) => void)[] = [];
    const agent = startLinkedAgent({
      ...lab,
      url: wire.url,
      runCommand: () => new Promise((resolve) => answers.push(resolve)),
    });
    await agent.opened();
    const failed = expect(lab.links.sendCommand(request)).rejects.toMatchObject({
      code: 'AGENT_OFFLINE',
    });
    await eventually(() => answers.length === 1);
    wire.cut();
    await failed;
    await eventually(() => lab.links.hasReported('n1'));
    const second = lab.links.sendCommand(request);
    await eventually(() => answers.length === 2);
    answers[0]?.({ ok: true, text: 'late' });
    answers[1]?.({ ok: true, text: 'right' });
    expect(await second).toMatchObject({ text: 'right' });
  });
});

describe('a lock', () => {
  const wish = { service: 'A.One', isMaster: false, timeoutMs: 5_000 };

  it('makes one instance the master', async () => {
    const lab = await startedLab();
    const agents = ['n1', 'n2'].map((node) =>
      startLinkedAgent({ ...lab, node, observed: [observedOf(`A.One@${node}`)] }),
    );
    for (const agent of agents) await agent.opened();
    expect(await agents[0]?.locks.requestLock(wish)).toBe(0);
    expect(await agents[1]?.locks.requestLock(wish)).toBe(1);
    expect(await agents[0]?.locks.requestLock({ ...wish, isMaster: true })).toBe(0);
  });

  it('is nobody’s while there is no controller', async () => {
    const agent = startLinkedAgent({ url: 'http://127.0.0.1:9', token: 'none' });
    expect(await agent.locks.requestLock(wish)).toBe(-1);
  });

  it('of a service that does not exist makes no sense', async () => {
    const lab = await startedLab();
    const agent = startLinkedAgent(lab);
    await agent.opened();
    expect(await agent.locks.requestLock({ ...wish, service: 'A.None' })).toBe(2);
  });
});
