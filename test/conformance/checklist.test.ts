/** Rows of the checklist of tars-contract §12 against a real agent port, with bytes written by hand. */

import { connect } from 'node:net';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/agent/eventually.ts';
import { configText, serviceText } from '../support/conformance/fleet-texts.ts';
import { Fleet } from '../support/conformance/fleet.ts';
import { today } from '../support/conformance/today.ts';
import * as by from '../support/servants/hand-made.ts';
import { RawPeer } from '../support/servants/raw-peer.ts';
import { readFields, type Fields, type Value } from '../support/servants/read-fields.ts';

const nodes = ['n1', 'n2', 'n3'];
const services = ['Absent', 'Empty', 'Admin', 'Php', 'Java'].map((name) => `Conf.${name}Server`);
const query = 'tars.tarsregistry.QueryObj';
const server = 'tars.tarsnode.ServerObj';
const config = 'tars.tarsconfig.ConfigObj';
const log = 'tars.tarslog.LogObj';

/** It beats only when the test does so for it. */
function addSilentPackage(packages: string): void {
  const folder = join(packages, 'Conf.Silent', '1.0.0');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'SilentServer'), '#!/bin/sh\nexec sleep 1000\n');
  chmodSync(join(folder, 'SilentServer'), 0o755);
}

const fleet = new Fleet({
  nodes,
  packages: addSilentPackage,
  files: {
    ...Object.fromEntries(
      services.map((name) => [
        `${name}.yaml`,
        serviceText({ name, type: 'tars-go', package: 'Conf.Silent', nodes }),
      ]),
    ),
    'php.yaml': configText('Conf.PhpServer', 'php.conf', 'a=1'),
  },
});
beforeAll(() => fleet.start());
afterAll(() => fleet.end());

const peerAt = (node = 'n1'): Promise<RawPeer> => RawPeer.connect(fleet.servantsPortOf(node));
const asMap = (value: Value | undefined): ReadonlyMap<Value, Value> => value as never;
const asFields = (value: Value | undefined): Fields => readFields(value as Buffer);

/** Application, server, pid and adapter; `undefined` leaves the adapter out. */
function beat(service: string, tag: number, adapter: string | undefined): by.Field {
  const [application = '', name = ''] = service.split('.');
  const fields = [by.text(0, application), by.text(1, name), by.int(2, 812)];
  return by.struct(tag, adapter === undefined ? fields : [...fields, by.text(3, adapter)]);
}

describe('beats', () => {
  it.each<[row: string, service: string, frame: Buffer, heard: string]>([
    [
      '12: without an adapter, one-way, as C++ and Java send it',
      'Conf.AbsentServer',
      by.request({
        servant: server,
        func: 'keepAlive',
        body: beat('Conf.AbsentServer', 1, undefined),
        oneWay: true,
      }),
      'heard *',
    ],
    [
      '12: with an empty adapter, as Tars.js sends it',
      'Conf.EmptyServer',
      by.request({
        servant: server,
        func: 'keepAlive',
        body: beat('Conf.EmptyServer', 1, ''),
      }),
      'heard *',
    ],
    [
      '12: of the admin adapter alone',
      'Conf.AdminServer',
      by.request({
        servant: server,
        func: 'keepAlive',
        body: beat('Conf.AdminServer', 1, 'AdminAdapter'),
      }),
      'heard AdminAdapter',
    ],
    [
      '7: in TUP 3 on a connection that is closed at once, as PHP sends it',
      'Conf.PhpServer',
      by.request({
        servant: server,
        func: 'keepAlive',
        version: 3,
        body: by.tupBody({ serverInfo: beat('Conf.PhpServer', 0, 'AdminAdapter') }),
      }),
      'heard AdminAdapter',
    ],
    [
      '6: with a time-out of 0, as Java sends it',
      'Conf.JavaServer',
      by.request({
        servant: server,
        func: 'keepAlive',
        body: beat('Conf.JavaServer', 1, undefined),
        oneWay: true,
        timeoutMs: 0,
      }),
      'heard *',
    ],
  ])('%s', async (_row, service, frame, heard) => {
    const instance = `${service}@n1`;
    await eventually(() => fleet.observed(instance)?.pid !== undefined);
    const socket = connect(fleet.servantsPortOf('n1'), '127.0.0.1');
    onTestFinished(() => {
      socket.destroy();
    });
    await once(socket, 'connect');
    socket.end(frame);
    // Without a beat it would be running as well, and say that it has no library.
    await fleet.running(instance, ({ reason }) => reason === undefined);
    expect(fleet.journal(instance).split('\n')).toContain(heard);
  });

  it('of a service that is not here are answered with -1', async () => {
    const peer = await peerAt();
    const body = beat('Conf.NobodyServer', 1, '');
    const reply = await peer.ask(by.request({ servant: server, func: 'keepAlive', body }));
    expect(reply[5]).toBe(0);
    expect(asFields(reply[6])[0]).toBe(-1);
  });
});

describe('reports', () => {
  it('2: a one-way report gets no byte back, and is counted at the controller', async () => {
    const peer = await peerAt();
    const head = by.struct(0, [
      ...['Conf.ByHand@1', 'Conf.Other', 'f', '0.0.0.0', '10.0.0.9'].map((name, tag) =>
        by.text(tag, name),
      ),
      by.int(5, 9_000),
      by.int(6, 0),
    ]);
    const counted = [by.int(0, 3), by.int(1, 0), by.int(2, 0), by.map(3, [])];
    const body = by.struct(1, [...counted, by.long(4, 30n), by.int(5, 20), by.int(6, 1)]);
    const counts = Buffer.concat([by.map(1, [[head, body]]), by.int(2, 1)]);
    const request = { servant: 'tars.tarsstat.StatObj', func: 'reportMicMsg', body: counts };
    await peer.write(by.request({ ...request, oneWay: true, requestId: 7 }));
    const ping = { servant: query, func: 'tars_ping', body: Buffer.alloc(0), requestId: 8 };
    expect((await peer.ask(by.request(ping)))[3]).toBe(8);
    await eventually(async () =>
      (await fleet.reports()).some(
        ({ kind, source }) => kind === 'stat' && source === 'Conf.ByHand',
      ),
    );
    expect(peer.packets).toHaveLength(1);
  });

  it('4: a LogInfo with its first four fields makes the file of the day', async () => {
    const peer = await peerAt();
    const info = by.struct(1, [
      by.text(0, 'Conf'),
      by.text(1, 'ByHand'),
      by.text(2, 'err'),
      by.text(3, '%Y%m%d'),
    ]);
    const body = Buffer.concat([info, by.list(2, [by.text(0, 'one line\n')])]);
    const reply = await peer.ask(by.request({ servant: log, func: 'loggerbyInfo', body }));
    expect(reply[5]).toBe(0);
    const name = `Conf/ByHand/Conf.ByHand_err_${today()}.log`;
    expect(await eventually(() => fleet.log(name))).toBe('n1|one line\n');
  });

  it('5: a notification without an application has it before the dot of its server', async () => {
    const peer = await peerAt();
    const body = by.struct(1, [
      by.int(1, 0),
      by.text(2, ''),
      by.text(3, ''),
      by.text(4, ''),
      by.text(5, 'Conf.ByHand'),
      by.text(6, '[alarm] server is stopped.'),
    ]);
    const servant = 'tars.tarsnotify.NotifyObj';
    await peer.ask(by.request({ servant, func: 'reportNotifyInfo', body }));
    const [first] = await eventually(async () => {
      const all = await fleet.notifications('Conf.ByHand');
      return all.length > 0 && all;
    });
    expect(first).toMatchObject({
      level: 'alarm',
      node: 'n1',
      message: '[alarm] server is stopped.',
    });
  });
});

describe('configuration and lookups', () => {
  const tup = (servant: string, func: string, parameters: Readonly<Record<string, by.Field>>) =>
    by.request({ servant, func, version: 3, body: by.tupBody(parameters) });

  it('8: PHP finds the framework by the name of the parameter, and gets the shape of a request back', async () => {
    const peer = await peerAt();
    const reply = await peer.ask(tup(query, 'findObjectById', { id: by.text(0, log) }));
    expect(reply).toMatchObject({ 1: 3, 4: 1, 5: query, 6: 'findObjectById' });
    const values = asMap(asFields(reply[7])[0]);
    const [endpoint] = asFields(values.get('tars_ret'))[0] as readonly Fields[];
    expect(values.get('')).toEqual(values.get('tars_ret'));
    expect(endpoint).toMatchObject({ 0: '127.0.0.1', 1: fleet.servantsPortOf('n1'), 3: 1 });
  });

  it('8, 21: PHP loads a file by the names of the parameters; one that is missing is empty', async () => {
    const peer = await peerAt();
    const load = async (filename: string): Promise<Value | undefined> => {
      const parameters = {
        app: by.text(0, 'Conf'),
        server: by.text(0, 'PhpServer'),
        filename: by.text(0, filename),
      };
      const reply = await peer.ask(tup(config, 'loadConfig', parameters));
      const values = asMap(asFields(reply[7])[0]);
      expect(asFields(values.get('tars_ret'))[0]).toBe(0);
      return asFields(values.get('config'))[0];
    };
    expect(await load('php.conf')).toBe('a=1\n');
    expect(await load('missing.conf')).toBe('');
  });

  it('21: the eleventh load of a file within a minute is refused with 429', async () => {
    const peer = await peerAt();
    const names = ['Conf', 'JavaServer', 'often.conf'];
    const body = Buffer.concat(names.map((name, index) => by.text(index + 1, name)));
    const answers: (Value | undefined)[] = [];
    for (let times = 0; times < 11; times += 1) {
      const reply = await peer.ask(by.request({ servant: config, func: 'loadConfig', body }));
      answers.push(asFields(reply[6])[0]);
    }
    expect(answers).toEqual([...Array.from({ length: 10 }, () => 0), 429]);
  });

  it('3: the context of a lookup comes back as it was', async () => {
    const peer = await peerAt();
    const context = { node_name: 'n1', anything: 'else' };
    const reply = await peer.ask(
      by.request({ servant: query, func: 'findObjectById', body: by.text(1, 'A.B.C'), context }),
    );
    expect(Object.fromEntries(asMap(reply[9]))).toEqual(context);
  });

  it('20: of three instances that want to be the master, one is', async () => {
    const ask = async (node: string): Promise<Value | undefined> => {
      const peer = await peerAt(node);
      const body = by.struct(1, [
        by.text(0, 'Conf'),
        by.text(1, 'AbsentServer'),
        by.text(2, node),
        by.int(3, 0),
        by.int(5, 5_000),
        by.int(6, 1),
      ]);
      return asFields(
        (await peer.ask(by.request({ servant: query, func: 'getLocker', body })))[6],
      )[0];
    };
    for (const node of nodes) await fleet.running(`Conf.AbsentServer@${node}`);
    expect((await Promise.all(nodes.map((node) => ask(node)))).toSorted()).toEqual([0, 1, 1]);
  });
});

describe('every servant and every frame', () => {
  it.each([
    query,
    server,
    config,
    log,
    'tars.tarsnotify.NotifyObj',
    'tars.tarsstat.StatObj',
    'tars.tarsproperty.PropertyObj',
  ])('25: %s answers tars_ping', async (servant) => {
    const peer = await peerAt();
    const body = Buffer.alloc(0);
    const reply = await peer.ask(by.request({ servant, func: 'tars_ping', body, requestId: 5 }));
    expect(reply).toMatchObject({ 1: 1, 3: 5, 5: 0 });
  });

  it.each([
    ['of no length', '00000000'],
    ['that is its length alone', '00000004'],
    ['of 2 GiB', '80000000'],
    ['of all ones', 'ffffffff'],
  ])('27: a frame %s closes its connection, and no other', async (_what, hex) => {
    const bystander = await peerAt();
    const socket = connect(fleet.servantsPortOf('n1'), '127.0.0.1');
    onTestFinished(() => {
      socket.destroy();
    });
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    socket.resume();
    socket.on('error', () => undefined);
    socket.write(Buffer.from(`${hex}00000000`, 'hex'));
    await closed;
    const ping = { servant: query, func: 'tars_ping', body: Buffer.alloc(0) };
    expect((await bystander.ask(by.request(ping)))[5]).toBe(0);
  });

  const info = by.struct(1, [by.text(0, 'Conf'), by.text(1, 'ByHand'), by.text(2, 'x')]);
  it.each<[what: string, call: Pick<by.HandMadeRequest, 'servant' | 'func' | 'body'>]>([
    [
      'a list of 2^31 - 1 lines',
      {
        servant: log,
        func: 'loggerbyInfo',
        body: Buffer.concat([info, Buffer.from('29027fffffff', 'hex')]),
      },
    ],
    [
      'a map of 2^31 - 1 counts',
      {
        servant: 'tars.tarsstat.StatObj',
        func: 'reportMicMsg',
        body: Buffer.from('18027fffffff', 'hex'),
      },
    ],
    [
      'a text of 2 GiB',
      { servant: config, func: 'loadConfig', body: Buffer.from('177fffffff', 'hex') },
    ],
    [
      '10000 structs in one another, in a field that nobody asked for',
      {
        servant: query,
        func: 'findObjectById',
        body: Buffer.concat([by.text(1, query), Buffer.from('2a'.repeat(10_000), 'hex')]),
      },
    ],
  ])('27: %s is answered, and the port goes on', async (_what, call) => {
    const peer = await peerAt();
    const reply = await peer.ask(by.request(call));
    expect(reply[5]).toBe(call.servant === query ? 0 : -1);
    const ping = { servant: query, func: 'tars_ping', body: Buffer.alloc(0) };
    expect((await peer.ask(by.request(ping)))[5]).toBe(0);
  });
});
