import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ControlGroups, groupName, readMounts } from '../../../nodeagent/process/control-groups.ts';
import { RunFolder } from '../../../nodeagent/supervisor/run/run-folder.ts';
import { AgentLab } from '../../support/agent/agent-lab.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { target } from '../../support/agent/targets.ts';

const service = 'Demo.Limited';
const isRoot = process.getuid?.() === 0;

/** What this machine can enforce is found out, not assumed. */
function enforces(limits: { memoryBytes: number } | { cpu: number }): boolean {
  const groups = new ControlGroups(groupName(`probe ${process.pid}`), readMounts());
  const probe = groups.create('probe', limits);
  groups.remove('probe');
  groups.close();
  return probe.unenforced.length === 0;
}

async function outputOf(lab: AgentLab, contains: string): Promise<string> {
  const log = lab.path(service, 'log', 'output.log');
  const read = (): string => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  await eventually(() => read().includes(contains), read);
  return read();
}

describe('limits', () => {
  test('on open files and core files hold for the service', async () => {
    const lab = new AgentLab();
    const limits = { openFiles: 123, coreDumpBytes: 0 };
    lab.saveTargets([
      target({ service, limits, start: 'ulimit -n; ulimit -c; echo ready; exec sleep 1000' }),
    ]);
    await lab.start();
    expect(await outputOf(lab, 'ready')).toBe('123\n0\nready\n');
  });

  test.skipIf(!isRoot || !enforces({ memoryBytes: 2 ** 26 }))(
    'on memory end the service, and the status says why',
    async () => {
      const lab = new AgentLab();
      const start = `exec ${process.execPath} -e 'const all = []; setInterval(() => all.push(Buffer.alloc(5e7, 1)), 5)'`;
      lab.saveTargets([target({ service, limits: { memoryBytes: 150_000_000 }, start })]);
      await lab.start();
      const seen = await lab.until(service, ({ lastExit }) => lastExit !== undefined);
      expect(seen.lastExit).toMatchObject({ signal: 'SIGKILL' });
      expect(seen.message).toContain('needed more memory than limits.memory allows');
    },
  );

  test.skipIf(!isRoot || !enforces({ cpu: 0.2 }))(
    'on processor time hold the service back',
    async () => {
      const lab = new AgentLab();
      lab.saveTargets([target({ service, limits: { cpu: 0.2 }, start: 'while :; do :; done' })]);
      await lab.start();
      await lab.until(service, ({ phase }) => phase === 'running');
      const [run] = RunFolder.list(lab.path(service, 'runs')).readable;
      const statistics = run!.intent.groups.map((group) => join(group, 'cpu.stat'));
      await eventually(() =>
        statistics.some(
          (file) => existsSync(file) && /^nr_throttled [1-9]/m.test(readFileSync(file, 'utf8')),
        ),
      );
    },
  );

  test('that the machine cannot enforce are named, and the service runs', async () => {
    const lab = new AgentLab();
    const limits = { memoryBytes: 1e9, cpu: 1 };
    lab.saveTargets([target({ service, limits, start: 'exec sleep 1000' })]);
    await lab.start({ useControlGroups: false });
    const seen = await lab.until(service, ({ phase }) => phase === 'running');
    expect(seen.reason).toBe('LimitsNotEnforced');
    expect(seen.message).toBe(
      'It runs without these limits: memory (this machine has no usable control group), cpu (this machine has no usable control group).',
    );
  });
});

describe('run.user', () => {
  test.skipIf(!isRoot)(
    'is who the service runs as, with no other groups, and its data belongs to it',
    async () => {
      const lab = new AgentLab();
      chmodSync(lab.dataDir, 0o711);
      lab.saveTargets([
        target({
          service,
          user: 'nobody',
          files: [{ path: 'secret.conf', content: 'the secret\n' }],
          start:
            'id -un; id -G; echo "$HOME"; cat "$TARSIER_CONF_DIR/secret.conf"; touch "$TARSIER_DATA_DIR/mine"; echo ready; exec sleep 1000',
        }),
      ]);
      await lab.start();
      const output = await outputOf(lab, 'ready');
      const gid = statSync(lab.path(service, 'data', 'mine')).gid;
      expect(output).toBe(`nobody\n${gid}\n${lab.path(service, 'data')}\nthe secret\nready\n`);
      expect(statSync(lab.path(service, 'conf', 'secret.conf')).mode & 0o777).toBe(0o640);
    },
  );

  test.skipIf(!isRoot)(
    'may add files beside a TARS program and replace those that are served to it, and no others',
    async () => {
      const lab = new AgentLab();
      chmodSync(lab.dataDir, 0o711);
      const folder = lab.path(service, 'data', 'package');
      mkdirSync(folder, { recursive: true });
      const program = join(folder, 'Server');
      const script =
        'cd "$(dirname "$0")"; for f in new served other; do echo mine > $f.tmp && mv -f $f.tmp $f; done; echo ready; exec sleep 1000';
      writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      for (const name of ['served', 'other']) writeFileSync(join(folder, name), 'package\n');
      lab.saveTargets([
        target({
          service,
          user: 'nobody',
          type: 'tars-cpp',
          served: [{ name: 'served', content: '', levels: ['service'] }],
        }),
      ]);
      await lab.start();
      await outputOf(lab, 'ready');
      const textOf = (name: string): string => readFileSync(join(folder, name), 'utf8');
      expect(['new', 'served', 'other'].map((name) => textOf(name))).toEqual([
        'mine\n',
        'mine\n',
        'package\n',
      ]);
    },
  );

  test('that the machine does not have is waited for, with what to do', async () => {
    const lab = new AgentLab();
    lab.saveTargets([target({ service, user: 'no-such-user', start: 'exec sleep 1000' })]);
    await lab.start();
    const seen = await lab.until(service, ({ phase }) => phase === 'backoff');
    expect(seen).toMatchObject({ reason: 'UserUnknown', restarts: 0 });
    expect(seen.message).toContain(
      'this machine has no user no-such-user. Create the user or change run.user.',
    );
  });
});
