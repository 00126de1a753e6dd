import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { keepServants } from '../../../nodeagent/servants/keep-servants.ts';
import { silentLogger } from '../../support/agent/agent-lab.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { SupervisorLab } from '../../support/agent/supervisor-lab.ts';
import { servant, target } from '../../support/agent/targets.ts';
import { FakeObjects } from '../../support/servants/fake-objects.ts';
import { servedConfigs } from '../../support/servants/served-configs.ts';

const service = 'Demo.FakeServer';
const template =
  '<tars>\n<application>\n<server>\nhearttimeout=1500\n</server>\n</application>\n</tars>';

test('a service is left alone, with a remark, while nobody can report to its agent', async () => {
  const lab = await SupervisorLab.open();
  lab.installService(service);
  const servants = [servant('AObj', { protocol: 'tars' }), servant('BObj', { protocol: 'tars' })];
  const env = { FAKE_BEATS: 'named' };
  const wish = target({ service, type: 'tars-go', env, servants, template });
  await lab.start([wish]);
  const { pid } = await lab.until(service, ({ phase }) => phase === 'running');
  await eventually(() => lab.heard.includes(`alive ${service}.BObjAdapter`));
  await lab.supervisor.runCommand(`${service}@n1`, 'hush all');
  const port = { isOpen: false };
  await lab.start([wish], { hearsServices: () => port.isOpen });
  const remarked = await lab.until(service, ({ reason }) => reason === 'FrameworkClosed');
  expect(remarked).toMatchObject({ phase: 'running', pid });
  // Far longer than it may be silent.
  const patientUntil = performance.now() + 4000;
  await eventually(() => {
    expect(lab.observed(service)).toMatchObject({ phase: 'running', pid });
    return performance.now() > patientUntil;
  });
  port.isOpen = true;
  await lab.until(service, ({ reason }) => reason === 'Silent');
});

test('a port that is taken is opened as soon as it is free', async () => {
  const rival = createServer().listen(0, '127.0.0.1');
  await once(rival, 'listening');
  const { port } = rival.address() as AddressInfo;
  const servants = await keepServants({
    host: '127.0.0.1',
    port,
    node: { name: 'n1', addresses: () => ['127.0.0.1'] },
    objects: new FakeObjects(),
    locks: { requestLock: async () => 0 },
    beats: {
      keepAlive: () => true,
      keepActiving: () => true,
      reportVersion: () => true,
      latestKeepAliveSeconds: () => 0,
    },
    configs: servedConfigs({}),
    reports: { add: () => undefined },
    log: silentLogger,
  });
  onTestFinished(() => servants.close());
  expect(servants.isOpen).toBe(false);
  rival.close();
  await eventually(() => servants.isOpen);
});
