import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { signalProcess } from '../../../nodeagent/process/identity.ts';
import { RunFolder } from '../../../nodeagent/supervisor/run/run-folder.ts';
import type { InstanceTarget } from '../../../registry/model.ts';
import { AgentLab } from '../../support/agent/agent-lab.ts';
import { spawnAgent } from '../../support/agent/agent-process.ts';
import { checkCount, countingStart, readNotes } from '../../support/agent/counting.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { target } from '../../support/agent/targets.ts';

const ROUNDS = 30;
const services = Array.from({ length: 6 }, (_, index) => `Demo.Counter${index}`);

/** Every round wants something else of every service: another revision, a stop, a removal. */
function wishes(round: number): InstanceTarget[] {
  return services.flatMap((service, index) => {
    const mood = (round * 7 + index * 3) % 5;
    if (mood === 0) return [];
    const env = { ROUND: String(mood === 1 ? round - 1 : round) };
    const state = mood === 2 ? ('stopped' as const) : ('running' as const);
    return [target({ service, state, env, start: countingStart(service), generation: round })];
  });
}

describe('an agent that is killed while it starts and stops services', () => {
  test('never starts one twice, and ends at its targets', { timeout: 120_000 }, async () => {
    const lab = new AgentLab();
    for (let round = 1; round <= ROUNDS; round += 1) {
      lab.saveTargets(wishes(round));
      const agent = spawnAgent(lab.dataDir);
      await agent.started;
      await delay(Math.random() * 200);
      await agent.kill();
    }
    const last = wishes(ROUNDS);
    await lab.start();
    for (const service of services) {
      const wanted = last.find((one) => one.service === service);
      const notes = () => readNotes(lab.path(service, 'data', 'notes'));
      if (wanted === undefined) await eventually(() => lab.observed(service) === undefined);
      else {
        const phase = wanted.state;
        const seen = await lab.until(service, (one) => one.phase === phase, 20_000);
        if (phase === 'running') {
          expect(seen.revision).toBe(wanted.revision);
          expect(seen.pid).toBe(notes().starts.at(-1));
        }
      }
      expect(notes().doubles, service).toBe(0);
      expect(checkCount(lab.path(service, 'log')).faults, service).toEqual([]);
    }
    const starts = services.flatMap(
      (service) => readNotes(lab.path(service, 'data', 'notes')).starts,
    );
    expect(starts.length, 'the test must start much').toBeGreaterThan(ROUNDS);
  });
});

describe('a machine on which anything may be killed', () => {
  test(
    'never runs a service twice, and runs all of them in the end',
    { timeout: 120_000 },
    async () => {
      const lab = new AgentLab();
      lab.saveTargets(
        services.map((service) => target({ service, start: countingStart(service) })),
      );
      let agent = spawnAgent(lab.dataDir);
      await agent.started;
      for (let round = 0; round < 40; round += 1) {
        const service = services[round % services.length] ?? '';
        const [run] = RunFolder.list(lab.path(service, 'runs')).readable.slice(-1);
        const { shim, service: main } = run?.readFacts() ?? {};
        const victims = [[main], [shim], [shim, main], []][Math.floor(Math.random() * 4)] ?? [];
        for (const victim of victims) if (victim !== undefined) signalProcess(victim, 'SIGKILL');
        await delay(Math.random() * 100);
        if (Math.random() < 0.5) continue;
        await agent.kill();
        agent = spawnAgent(lab.dataDir);
        if (Math.random() < 0.5) await agent.started;
      }
      await agent.kill();
      await lab.start();
      for (const service of services) {
        const notes = () => readNotes(lab.path(service, 'data', 'notes'));
        // It may have crashed often enough by now to wait for seconds between its starts.
        const seen = await lab.until(service, ({ phase }) => phase === 'running', 30_000);
        expect(notes().starts.at(-1), service).toBe(seen.pid);
        expect(notes().doubles, service).toBe(0);
        expect(checkCount(lab.path(service, 'log')).faults, service).toEqual([]);
      }
    },
  );
});
