import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { AgentLab } from '../../support/agent/agent-lab.ts';
import { servant, target, type TargetWish } from '../../support/agent/targets.ts';

const service = 'Demo.FakeServer';
const program = fileURLToPath(
  new URL('../../support/agent/tars-service-process.ts', import.meta.url),
);

test('a TARS service finds the framework at its agent, and again after the agent came back', async () => {
  const lab = new AgentLab();
  const folder = lab.path(service, 'data');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'FakeServer'),
    `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`,
  );
  chmodSync(join(folder, 'FakeServer'), 0o755);
  const wish: TargetWish = {
    service,
    type: 'tars-go',
    env: { FAKE_BEATS: 'named' },
    servants: [servant('AObj', { protocol: 'tars' })],
    template:
      '<tars>\n<application>\n<server>\nhearttimeout=1500\n</server>\n</application>\n</tars>',
  };
  lab.saveTargets([target(wish)]);
  const options = {
    servants: { host: '127.0.0.1', port: 'auto' },
    beatTimeoutMsLeast: 1500,
  } as const;
  await lab.start(options);
  const first = await lab.until(service, ({ libraryVersion }) => libraryVersion === '9.8.7');
  await lab.until(service, ({ phase, reason }) => phase === 'running' && reason === undefined);
  const conf = readFileSync(lab.path(service, 'conf', `${service}.config.conf`), 'utf8');
  expect(conf).toMatch(/node=tars\.tarsnode\.ServerObj@tcp -h 127\.0\.0\.1 -p 31\d\d\d -t 60000\n/);
  await lab.close();
  await lab.start(options);
  // Were its beats lost on the way to the new agent, it would be called silent by now.
  const until = performance.now() + 4000;
  const seen = await lab.until(
    service,
    ({ phase }) => phase === 'running' && performance.now() > until,
  );
  expect(seen).toMatchObject({ pid: first.pid, restarts: 0 });
  expect(existsSync(lab.path(service, 'conf', `${service}.config.conf.bak`))).toBe(false);
});
