import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { readProcessStat } from '../../../nodeagent/process/identity.ts';
import { AgentLab } from '../../support/agent/agent-lab.ts';
import { spawnAgent } from '../../support/agent/agent-process.ts';
import { checkCount, countingStart, readNotes } from '../../support/agent/counting.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { target } from '../../support/agent/targets.ts';

/** More of both for a long run: `AGENT_KILLS=1000 AGENT_SERVICES=50 vitest run test/chaos/agent`. */
const KILLS = Number(process.env['AGENT_KILLS'] ?? 100);
const SERVICES = Number(process.env['AGENT_SERVICES'] ?? 10);
const SEGMENT_BYTES = 8192;

describe('an agent that is killed', () => {
  test(
    `${KILLS} times under ${SERVICES} services: no restart, no second start, no line lost, exit code kept`,
    { timeout: 120_000 + KILLS * 1000 },
    async () => {
      const lab = new AgentLab();
      const services = Array.from({ length: SERVICES }, (_, index) => `Demo.Counter${index}`);
      lab.saveTargets(
        services.map((service) => target({ service, start: countingStart(service, 1, 20) })),
      );
      const notes = (service: string) => readNotes(lab.path(service, 'data', 'notes'));
      const first = spawnAgent(lab.dataDir, String(SEGMENT_BYTES));
      await eventually(
        () => services.every((service) => notes(service).starts.length === 1),
        () => 'not all services started',
        60_000,
      );
      await first.kill();

      for (let kill = 1; kill < KILLS; kill += 1) {
        const agent = spawnAgent(lab.dataDir, String(SEGMENT_BYTES));
        // Half of them are killed somewhere in their own start, half while they supervise.
        if (kill % 2 === 0) await agent.started;
        await delay(Math.random() * (kill % 2 === 0 ? 100 : 400));
        await agent.kill();
      }
      const [exiting = '', ...others] = services;
      const exitingPid = notes(exiting).starts[0]!;
      writeFileSync(lab.path(exiting, 'data', 'exit-7'), '');
      await eventually(() => readProcessStat(exitingPid) === undefined);
      rmSync(lab.path(exiting, 'data', 'exit-7'));

      await lab.start({ outputLimits: { segmentBytes: SEGMENT_BYTES, archivesMax: 10_000 } });
      const back = await lab.until(exiting, (seen) => seen.phase === 'running', 60_000);
      expect(back).toMatchObject({ restarts: 1, lastExit: { code: 7 } });
      expect(notes(exiting)).toMatchObject({ starts: { length: 2 }, doubles: 0 });
      for (const service of others) {
        const seen = await lab.until(service, ({ phase }) => phase === 'running');
        expect(notes(service), service).toEqual({ starts: [seen.pid], doubles: 0 });
        expect(seen.restarts, service).toBe(0);
      }
      for (const service of services) {
        const { lines, faults } = checkCount(lab.path(service, 'log'));
        expect(faults.slice(0, 5), service).toEqual([]);
        expect(lines).toBeGreaterThan(100);
      }
      const archives = readdirSync(lab.path(others[0]!, 'log')).filter((name) =>
        name.endsWith('.gz'),
      );
      expect(archives.length, 'the test must rotate').toBeGreaterThan(0);
    },
  );
});
