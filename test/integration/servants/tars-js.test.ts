/** The published libraries of Tars.js against the port of an agent. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { ConfigF } from '../../../tars/framework/config-f.ts';
import { servant, type Handlers } from '../../../tars/rpc/servant.ts';
import { startTarsServer } from '../../../tars/rpc/server.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { lookupEndpoint, lookupObject } from '../../support/link/lookup-objects.ts';
import { servedConfigs } from '../../support/servants/served-configs.ts';
import { labService, startServantsLab } from '../../support/servants/servants-lab.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const child = fileURLToPath(new URL('../../support/servants/tars-js-child.ts', import.meta.url));
const echoName = 'Shop.EchoServer.EchoObj';

function serviceConfig(folder: string, port: number): string {
  return `<tars>
  <application>
    enableset=n
    setdivision=NULL
    <server>
      app=Shop
      server=CartServer
      localip=127.0.0.1
      nodename=sz-1
      logpath=${folder}
      config=tars.tarsconfig.ConfigObj
      notify=tars.tarsnotify.NotifyObj
      log=tars.tarslog.LogObj
    </server>
    <client>
      locator=tars.tarsregistry.QueryObj@tcp -h 127.0.0.1 -p ${port}
      modulename=Shop.CartServer
      stat=tars.tarsstat.StatObj
      property=tars.tarsproperty.PropertyObj
      report-interval=60000
    </client>
  </application>
</tars>
`;
}

/** A service that is found by name; the one function of the interface that it offers is `loadConfig`. */
async function startEcho(): Promise<number> {
  const handlers: Partial<Handlers<typeof ConfigF>> = {
    loadConfig: ({ app, server, filename }) => ({ ret: 0, config: [app, server, filename].join() }),
  };
  const echo = servant(ConfigF, handlers as Handlers<typeof ConfigF>);
  const server = await startTarsServer({
    host: '127.0.0.1',
    port: 0,
    servants: new Map([[echoName, echo]]),
    log: pino({ level: 'silent' }),
  });
  onTestFinished(() => server.close());
  return server.port;
}

test('lookup, configuration, notifications, logs, statistics and figures of Tars.js arrive', async () => {
  const file = { name: 'cart.conf', content: 'a=1\n', levels: ['app', 'node'] } as const;
  const lab = await startServantsLab({ configs: servedConfigs({ [labService]: [file] }) });
  const port = await startEcho();
  lab.objects.atController.set(
    echoName,
    lookupObject(echoName, [lookupEndpoint('Shop.EchoServer@sz-1', { host: '127.0.0.1', port })]),
  );
  const folder = temporaryFolder();
  const configFile = join(folder, 'cart.config.conf');
  writeFileSync(configFile, serviceConfig(folder, lab.port));
  const program = fork(child, { env: { ...process.env, TARS_CONFIG: configFile }, silent: true });
  onTestFinished(() => {
    program.kill('SIGKILL');
  });
  let errors = '';
  program.stderr?.on('data', (text) => (errors += String(text)));
  program.on('exit', () => (errors += ' it ended'));
  const told: unknown[] = [];
  program.on('message', (message) => told.push(message));

  await eventually(
    () => told.length > 0,
    () => errors,
  );
  expect(told).toEqual([{ loaded: 'a=1\n', listed: ['cart.conf'], echoed: 'a,b,c' }]);
  expect(lab.objects.asked).toEqual([echoName]);

  const kinds = new Set(['notify', 'log', 'stat', 'property']);
  await eventually(
    () => new Set(lab.reports.map(({ kind }) => kind)).size === kinds.size,
    () => `only ${lab.reports.map(({ kind }) => kind).join()} arrived; ${errors}`,
  );
  await lab.reported('notify', 2);
  const notified = lab.reports
    .filter(({ kind }) => kind === 'notify')
    .map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  const common = { app: 'Shop', server: 'CartServer', node: 'sz-1', set: '' };
  expect(notified).toEqual(
    expect.arrayContaining([
      {
        ...common,
        type: 'report',
        thread: String(program.pid),
        level: 'normal',
        message: '[succ] loaded',
      },
      { ...common, type: 'notify', thread: String(program.pid), level: 'warn', message: 'slow' },
    ]),
  );
  expect(await lab.reported('log')).toEqual({
    file: expect.stringMatching(/^Shop\/CartServer\/Shop\.CartServer_order_\d{8}\.log$/) as string,
    lines: [expect.stringMatching(/^sz-1\|.*one line/) as string],
  });
  expect(await lab.reported('stat')).toMatchObject({
    fromClient: true,
    calls: [{ caller: 'Shop.CartServer', callerHost: 'sz-1', functionName: 'echo', successes: 1 }],
  });
  expect(await lab.reported('property')).toMatchObject({
    properties: [
      {
        module: 'Shop.CartServer',
        name: 'queue',
        host: 'sz-1',
        version: 2,
        values: [
          { policy: 'Max', value: '7' },
          { policy: 'Avg', value: expect.any(String) as string },
        ],
      },
    ],
  });
  expect(new Set(lab.reports.map(({ source, node }) => `${source}@${node}`))).toEqual(
    new Set(['Shop.CartServer@sz-1']),
  );
  program.kill();
  await once(program, 'exit');
});
