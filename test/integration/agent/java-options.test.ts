/** What a service in Java gets in its environment so that its library works under a modern Java. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../../support/agent/eventually.ts';
import { SupervisorLab } from '../../support/agent/supervisor-lab.ts';
import { target } from '../../support/agent/targets.ts';

const service = 'Demo.FakeServer';

test.each([
  ['alone', {}, ''],
  ['in front of what the service wants', { JDK_JAVA_OPTIONS: '-Dx=1' }, ' -Dx=1'],
] as const)('Java is told to open what the library needs: %s', async (_, env, rest) => {
  const lab = await SupervisorLab.open();
  lab.installService(service);
  const start = 'echo "$JDK_JAVA_OPTIONS" > "$TARSIER_DATA_DIR/options"; exec sleep 1000';
  await lab.start([target({ service, type: 'tars-java', start, env })]);
  const path = join(lab.path(service, 'data'), 'options');
  const options = await eventually(() => existsSync(path) && readFileSync(path, 'utf8'));
  expect(options).toBe(
    `--add-exports=java.base/sun.reflect.generics.reflectiveObjects=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED${rest}\n`,
  );
});

test('other services get none of it', async () => {
  const lab = await SupervisorLab.open();
  lab.installService(service);
  const start = 'env > "$TARSIER_DATA_DIR/all"; exec sleep 1000';
  await lab.start([target({ service, type: 'tars-cpp', start })]);
  const path = join(lab.path(service, 'data'), 'all');
  const all = await eventually(() => existsSync(path) && readFileSync(path, 'utf8'));
  expect(all).toContain('TARS_CONFIG=');
  expect(all).not.toContain('JDK_JAVA_OPTIONS');
});
