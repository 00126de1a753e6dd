/** A service that answers to a pushed configuration file that it could not load it. */

import { expect, test } from 'vitest';
import { SupervisorLab } from '../../support/agent/supervisor-lab.ts';
import { target } from '../../support/agent/targets.ts';

const service = 'Demo.FakeServer';

test.each([
  ['Java without the file', '\nexecute exception: Config|config file is empty: a.conf\n', true],
  ['Java whose handler says no', '\nexecute failed.\n', true],
  [
    'C++ that goes on with the file it has',
    '[notify prefix object num:1]\n[1]:[fail] get remote config:a.conf fail,use the local config.\n',
    true,
  ],
  ['Java that loaded it', '\nexecute success.\n', false],
  [
    'C++ that loaded it',
    '[notify prefix object num:1]\n[1]:[succ] get remote config:a.conf\n',
    false,
  ],
  ['Go that loaded it', 'Getconfig Success!: a.conf', false],
])('%s', async (_, answer, isRefused) => {
  const served = (content: string) => [{ name: 'a.conf', content, levels: ['service' as const] }];
  const wish = { service, type: 'tars-go', env: { FAKE_BEATS: 'named' } } as const;
  const after = target({ ...wish, served: served('2') });
  const lab = await SupervisorLab.open();
  lab.installService(service);
  const calls = {
    notify: () => Promise.resolve(answer),
    shutdown: () => Promise.reject(new Error('not asked for')),
    ping: () => Promise.reject(new Error('not asked for')),
  };
  await lab.start([target({ ...wish, served: served('1') })], { calls });
  const { pid } = await lab.until(service, ({ phase }) => phase === 'running');
  lab.supervisor.setTargets([after]);
  const seen = await lab.until(service, ({ revision }) => revision === after.revision);
  expect(seen).toMatchObject({ pid, restarts: 0, phase: 'running' });
  expect(seen.reason).toBe(isRefused ? 'ConfigNotPushed' : undefined);
});
