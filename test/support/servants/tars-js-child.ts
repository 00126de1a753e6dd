/** A Tars.js program: uses every framework library once, with the configuration that TARS_CONFIG names. */

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

interface Reply {
  readonly response: { readonly arguments: Readonly<Record<string, unknown>> };
}

interface TarsConfig {
  loadConfig(file: string, options: object): Promise<unknown>;
  loadList(): Promise<unknown>;
}

interface Timed {
  reportInterval: number;
  reportIntervalMin: number;
  init(): void;
}

const rpc = require('@tars/rpc') as {
  client: {
    initialize(file: string): void;
    stringToProxy(
      proxy: unknown,
      name: string,
    ): {
      loadConfig(app: string, server: string, file: string): Promise<Reply>;
    };
  };
};
const Config = require('@tars/config') as new () => TarsConfig;
const notify = require('@tars/notify') as {
  report(message: string): void;
  notify(message: string, level: number): void;
};
const Logs = require('@tars/logs') as {
  LogTo: { Remote: number };
  new (type: string, name: string, options: object): { info(line: string): void };
};
const { stat, property, POLICY } = require('@tars/monitor') as {
  stat: Timed & { report(head: object, type: string, timeMs: number): void };
  property: Timed & { create(name: string, policies: object[]): { report(value: number): void } };
  POLICY: { Max: new () => object; Avg: new () => object };
};
const { tars } = require('@tars/config/ConfigFProxy.js') as { tars: { ConfigProxy: unknown } };

const configFile = process.env['TARS_CONFIG'] ?? '';
rpc.client.initialize(configFile);

const config = new Config();
const loaded = await config.loadConfig('cart.conf', { format: 'TEXT' });
const listed = await config.loadList();

const echo = rpc.client.stringToProxy(tars.ConfigProxy, 'Shop.EchoServer.EchoObj');
const { response } = await echo.loadConfig('a', 'b', 'c');

notify.report('[succ] loaded');
notify.notify('slow', 1);
new Logs('TarsDate', 'order', { logTo: Logs.LogTo.Remote }).info('one line');
stat.init();
property.init();
stat.reportInterval = 20;
property.reportInterval = 20;
const head = {
  masterName: 'Shop.CartServer',
  slaveName: 'Shop.EchoServer',
  interfaceName: 'echo',
  masterIp: '9.9.9.9',
  slaveIp: '127.0.0.1',
  slavePort: 1,
  bFromClient: true,
  returnValue: 0,
};
stat.report(head, 'success', 3);
property.create('queue', [new POLICY.Max(), new POLICY.Avg()]).report(7);

process.send?.({ loaded, listed, echoed: response.arguments['config'] });
// One-way calls and batches of lines are still to be sent; whoever started this ends it.
setInterval(() => undefined, 1_000);
