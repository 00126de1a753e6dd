/** Beats and configuration files through the port of an agent, with our client. */

import { expect, onTestFinished, test } from 'vitest';
import { frameworkObjects } from '../../../nodeagent/servants/framework-names.ts';
import { ConfigF } from '../../../tars/framework/config-f.ts';
import { ServerF } from '../../../tars/framework/server-f.ts';
import { TarsClient } from '../../../tars/rpc/client.ts';
import { servedConfigs } from '../../support/servants/served-configs.ts';
import { labService, startServantsLab } from '../../support/servants/servants-lab.ts';

function client(): TarsClient {
  const made = new TarsClient();
  onTestFinished(() => made.close());
  return made;
}

test('beats of a service of this node count, others do not', async () => {
  const lab = await startServantsLab();
  const endpoint = { host: '127.0.0.1', port: lab.port };
  const server = client().proxy(endpoint, frameworkObjects.server, ServerF);
  const cart = { application: 'Shop', serverName: 'CartServer', pid: 7 };
  const other = { application: 'Shop', serverName: 'PayServer', pid: 8 };
  expect(await server.keepAlive({ serverInfo: cart })).toEqual({ ret: 0 });
  expect(await server.keepAlive({ serverInfo: { ...cart, adapter: '' } })).toEqual({ ret: 0 });
  const admin = { ...cart, adapter: 'AdminAdapter' };
  expect(await server.keepAlive({ serverInfo: admin })).toEqual({ ret: 0 });
  expect(await server.keepAlive({ serverInfo: other })).toEqual({ ret: -1 });
  expect(await server.keepActiving({ serverInfo: cart })).toEqual({ ret: 0 });
  const version = { app: 'Shop', serverName: 'CartServer', version: '3.0.22' };
  expect(await server.reportVersion(version)).toEqual({ ret: 0 });
  expect(await server.reportVersion({ ...version, app: 'Bank' })).toEqual({ ret: -1 });
  expect(await server.getLatestKeepAliveTime({})).toEqual({ ret: 1_796_000_000 });
  expect(lab.beats).toEqual([
    ['keepAlive', 'Shop.CartServer', 7, ''],
    ['keepAlive', 'Shop.CartServer', 7, ''],
    ['keepAlive', 'Shop.CartServer', 7, 'AdminAdapter'],
    ['keepAlive', 'Shop.PayServer', 8, ''],
    ['keepActiving', 'Shop.CartServer', 7],
    ['reportVersion', 'Shop.CartServer', '3.0.22'],
    ['reportVersion', 'Bank.CartServer', '3.0.22'],
  ]);
});

const files = [
  { name: 'app.conf', content: '<a>\n</a>', appContent: '<app>\n</app>', levels: ['app', 'node'] },
  { name: 'bad.conf', content: '<a>', levels: ['service'] },
] as const;

async function startConfigLab(now: () => number = Date.now) {
  const lab = await startServantsLab({ configs: servedConfigs({ [labService]: files }), now });
  const endpoint = { host: '127.0.0.1', port: lab.port };
  return { lab, config: client().proxy(endpoint, frameworkObjects.config, ConfigF) };
}

test('every function of the configuration servant answers', async () => {
  const { lab, config } = await startConfigLab();
  const named = { app: 'Shop', server: 'CartServer' };
  const info = { appname: 'Shop', servername: 'CartServer', filename: 'app.conf' };
  const [whole, ofApp] = ['<a>\n</a>', '<app>\n</app>'];
  expect(await config.ListConfig(named)).toEqual({ ret: 0, vf: ['app.conf'] });
  expect(await config.loadConfig({ ...named, filename: 'app.conf' })).toEqual({
    ret: 0,
    config: whole,
  });
  expect(await config.loadConfig({ ...named, filename: 'none' })).toEqual({ ret: 0, config: '' });
  expect(await config.loadConfig({ ...named, server: '', filename: 'app.conf' })).toEqual({
    ret: 0,
    config: ofApp,
  });
  expect(await config.loadConfigByInfo({ configInfo: info })).toEqual({ ret: 0, config: whole });
  expect(await config.loadConfigByInfo({ configInfo: { ...info, bAppOnly: true } })).toEqual({
    ret: 0,
    config: ofApp,
  });
  // Libraries send the address and the set that they believe in.
  const believed = { ...info, host: '192.168.7.7', setdivision: 'x.y.z' };
  expect(await config.loadConfigByInfo({ configInfo: believed })).toMatchObject({ config: whole });
  expect(await config.ListConfigByInfo({ configInfo: info })).toEqual({ ret: 0, vf: ['app.conf'] });
  const list = { appname: 'Shop', servername: 'CartServer' };
  expect(await config.ListAllConfigByInfo({ configInfo: list })).toEqual({
    ret: 0,
    vf: ['app.conf', 'bad.conf'],
  });
  expect(await config.ListAllConfigByInfo({ configInfo: { ...list, bAppOnly: true } })).toEqual({
    ret: 0,
    vf: ['app.conf'],
  });
  const bad = { ...info, filename: 'bad.conf' };
  expect(await config.checkConfigByInfo({ configInfo: info })).toEqual({ ret: 0, result: 'ok' });
  expect(await config.checkConfigByInfo({ configInfo: bad })).toEqual({
    ret: -1,
    result: 'line 1: section <a> is never closed',
  });
  expect(lab.logLines).toEqual([]);
});

test('by host: this node by its name or any of its addresses, and no other', async () => {
  const { lab, config } = await startConfigLab();
  const asked = { appServerName: 'Shop.CartServer', filename: 'app.conf' };
  for (const host of ['', 'sz-1', '10.0.0.1', '127.0.0.1']) {
    expect(await config.loadConfigByHost({ ...asked, host })).toMatchObject({
      ret: 0,
      config: '<a>\n</a>',
    });
  }
  expect(lab.logLines).toEqual([]);
  expect(await config.loadConfigByHost({ ...asked, host: 'sz-2' })).toEqual({ ret: 0, config: '' });
  expect(lab.logLines).toMatchObject([{ code: 'SERVANT_CONFIG_ELSEWHERE', host: 'sz-2' }]);
  expect(await config.checkConfig({ ...asked, host: '' })).toEqual({ ret: 0, result: 'ok' });
});

test('files of a service that is not here are empty, and somebody is told', async () => {
  const { lab, config } = await startConfigLab();
  const asked = { app: 'Shop', server: 'PayServer', filename: 'app.conf' };
  expect(await config.loadConfig(asked)).toEqual({ ret: 0, config: '' });
  expect(lab.logLines).toMatchObject([
    { code: 'SERVANT_CONFIG_ELSEWHERE', app: 'Shop', server: 'PayServer' },
  ]);
});

test('absurdly long names are no file, and fill neither memory nor log', async () => {
  const { lab, config } = await startConfigLab();
  const long = 'x'.repeat(1_000_000);
  const asked = { app: 'Shop', server: 'CartServer', filename: long };
  expect(await config.loadConfig(asked)).toEqual({ ret: 0, config: '' });
  expect(await config.ListConfig({ app: 'Shop', server: long })).toEqual({ ret: 0, vf: [] });
  expect(lab.logLines).toHaveLength(1);
  expect(JSON.stringify(lab.logLines).length).toBeLessThan(1_000);
});

test('the eleventh load of a file within a minute is refused', async () => {
  let nowMs = 1_000;
  const { config } = await startConfigLab(() => nowMs);
  const asked = { app: 'Shop', server: 'CartServer', filename: 'app.conf' };
  const rets: number[] = [];
  for (let turn = 0; turn < 12; turn += 1) rets.push((await config.loadConfig(asked)).ret);
  expect(rets).toEqual([...Array.from({ length: 10 }, () => 0), 429, 429]);
  expect((await config.loadConfig({ ...asked, filename: 'bad.conf' })).ret).toBe(0);
  nowMs += 60_000;
  expect(await config.loadConfig(asked)).toMatchObject({ ret: 0, config: '<a>\n</a>' });
});
