import { readFileSync, existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isAlive, readProcessStat } from '../../../nodeagent/process/identity.ts';
import { AgentLab } from '../../support/agent/agent-lab.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { servant, target } from '../../support/agent/targets.ts';

describe('a service under an agent', () => {
  test('runs, survives the close of the agent, is adopted, and stops when its target says so', async () => {
    const lab = new AgentLab();
    const wish = { service: 'Demo.Sleeper', start: 'echo hello; exec sleep 1000' };
    lab.saveTargets([target(wish)]);
    await lab.start();
    const first = await lab.until('Demo.Sleeper', ({ phase }) => phase === 'running');
    expect(first.pid).toBeGreaterThan(0);
    expect(readFileSync(lab.path('Demo.Sleeper', 'log', 'output.log'), 'utf8')).toBe('hello\n');
    const identity = readProcessStat(first.pid!)!;

    await lab.close();
    expect(isAlive(identity)).toBe(true);
    await lab.start();
    const adopted = await lab.until('Demo.Sleeper', ({ phase }) => phase === 'running');
    expect(adopted.pid).toBe(first.pid);
    expect(adopted.restarts).toBe(0);

    await lab.restartWith([target({ ...wish, state: 'stopped', generation: 2 })]);
    const stopped = await lab.until('Demo.Sleeper', ({ phase }) => phase === 'stopped');
    expect(stopped.lastExit).toMatchObject({ signal: 'SIGTERM' });
    expect(stopped.observedGeneration).toBe(2);
    expect(isAlive(identity)).toBe(false);
  });

  test('that is killed comes back within a second, once', async () => {
    const lab = new AgentLab();
    lab.saveTargets([
      target({
        service: 'Demo.Sleeper',
        start: 'echo start >> "$TARSIER_DATA_DIR/starts"; exec sleep 1000',
      }),
    ]);
    await lab.start();
    const { pid } = await lab.until('Demo.Sleeper', ({ phase }) => phase === 'running');
    const killedAt = performance.now();
    process.kill(pid!, 'SIGKILL');
    const starts = (): number =>
      readFileSync(lab.path('Demo.Sleeper', 'data', 'starts'), 'utf8').split('\n').length - 1;
    await eventually(() => starts() === 2);
    expect(performance.now() - killedAt).toBeLessThan(1000);
    const back = await lab.until(
      'Demo.Sleeper',
      (seen) => seen.phase === 'running' && seen.pid !== pid,
    );
    expect(back).toMatchObject({ restarts: 1, lastExit: { signal: 'SIGKILL' } });
    expect(starts()).toBe(2);
  });

  test('gets its ports, its files and a clean environment', async () => {
    const lab = new AgentLab();
    process.env['LEAK'] = 'secret of the agent';
    lab.saveTargets([
      target({
        service: 'Demo.Env',
        start: 'env | sort; cat ${conf}/a/b.txt; exec sleep 1000',
        env: { WHERE: '${address}:${port.WebObj}' },
        servants: [servant('WebObj')],
        files: [{ path: 'a/b.txt', content: 'configured\n' }],
      }),
    ]);
    await lab.start();
    const log = lab.path('Demo.Env', 'log', 'output.log');
    await eventually(() => existsSync(log) && readFileSync(log, 'utf8').includes('configured'));
    const output = readFileSync(log, 'utf8');
    const { endpoints } = await lab.until('Demo.Env', (seen) => seen.endpoints.length > 0);
    const port = endpoints[0]!.port;
    expect(output).toContain(`TARSIER_PORT_WEBOBJ=${port}\n`);
    expect(output).toContain(`WHERE=127.0.0.1:${port}\n`);
    expect(output).not.toContain('LEAK');
  });
});
