/** An unmodified service in Java, with the published library of TARS, beside services in Tars.js. */

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CommandClient } from '../../sdk/typescript/command-client.ts';
import { defineInterface, param } from '../../tars/codec/interface.ts';
import { t } from '../../tars/codec/types.ts';
import { TarsClient } from '../../tars/rpc/client.ts';
import { eventually } from '../support/agent/eventually.ts';
import { serviceText } from '../support/conformance/fleet-texts.ts';
import { callsFile, type Fleet } from '../support/conformance/fleet.ts';
import { addJavaPackage } from '../support/conformance/packages.ts';
import {
  newPriceFleet,
  priceCaller,
  pricesText,
  priceServer,
} from '../support/conformance/price-fleet.ts';
import { today } from '../support/conformance/today.ts';
import { startWireTap, type WireTap } from '../support/conformance/wire-tap.ts';
import { buildJavaProgram } from '../support/tars/java-program.ts';

const java = buildJavaProgram(fileURLToPath(new URL('java-service/', import.meta.url)));
afterAll(() => java?.remove());

const javaServer = 'Conf.JavaServer';
const instance = `${javaServer}@n1`;
const caller = `${priceCaller}@n1`;

const PriceF = defineInterface('Price', {
  getPrice: {
    in: { item: param(1, t.string) },
    out: { place: param(2, t.string) },
    returns: t.int32,
  },
});

/** The locator, the node and the statistics are reached through the tap; the rest is looked up. */
function javaText(tap: WireTap, state: 'running' | 'stopped' = 'running'): string {
  return serviceText({
    name: javaServer,
    type: 'tars-java',
    state,
    nodes: ['n1'],
    servants: ['PriceObj'],
    env: { CALLEE: `${priceServer}.PriceObj`, CALLS_FILE: callsFile },
    profile: `<tars>
  <application>
    <client>
      locator=tars.tarsregistry.QueryObj@tcp -h 127.0.0.1 -p ${tap.port}
      stat=tars.tarsstat.StatObj@tcp -h 127.0.0.1 -p ${tap.port} -t 3000
    </client>
    <server>
      node=tars.tarsnode.ServerObj@tcp -h 127.0.0.1 -p ${tap.port} -t 60000
    </server>
  </application>
</tars>`,
  });
}

describe.skipIf(java === undefined)(
  java === undefined ? 'Java (skipped: no JDK or Maven, or no library of TARS for it)' : 'Java',
  () => {
    let fleet: Fleet;
    let tap: WireTap;
    const say = (): string =>
      `${JSON.stringify(fleet.observed(instance))}\n${fleet.output(instance)}`;

    const isNotified = async (message: string, level: string): Promise<boolean> =>
      (await fleet.notifications(javaServer)).some(
        (one) => one.message === message && one.level === level && one.node === 'n1',
      );

    const command = async (text: string): Promise<unknown> => {
      const publishToken = fleet.controller.readToken('publish');
      const commands = new CommandClient({ serverUrl: fleet.controller.url, publishToken });
      return commands.send({ service: javaServer, command: text });
    };

    /** By our own client, where the instance says that it is. */
    const ask = async (): Promise<unknown> => {
      const { endpoints } = await fleet.running(instance);
      const { host = '', port = 0 } = endpoints[0] ?? {};
      const client = new TarsClient();
      onTestFinished(() => client.close());
      return client.proxy({ host, port }, `${javaServer}.PriceObj`, PriceF).getPrice({
        item: 'apple',
      });
    };

    beforeAll(async () => {
      fleet = newPriceFleet(javaServer, (packages) =>
        addJavaPackage(packages, javaServer, java!.folder),
      );
      tap = await startWireTap(fleet.servantsPortOf('n1'));
      fleet.repository.commitFiles({ 'java.yaml': javaText(tap) });
      await fleet.start();
    });
    afterAll(async () => {
      tap.close();
      await fleet.end();
    });

    it('answers from the moment when it is said to run, from the configuration that it loaded', async () => {
      // Its first beat comes before it listens.
      const observed = await fleet.running(instance);
      expect(await ask()).toEqual({ ret: 30, place: 'Shenzhen' });
      expect(observed).toMatchObject({ libraryVersion: '1.7.3', restarts: 0 });
      expect(observed.reason).toBeUndefined();
    });

    it('calls a Tars.js server by name, and a Tars.js client calls it', async () => {
      // All start together: whoever finds an empty list looks again after 10 s.
      const isHeard = (who: string, place: string): boolean =>
        (fleet.calls(who).places[place] ?? 0) >= 2;
      await eventually(() => isHeard(instance, 'n1 1.0.0'), say, 20_000);
      await eventually(() => isHeard(caller, 'Shenzhen'), say, 20_000);
    });

    it('takes commands, and says that it did in the older kind of notification', async () => {
      await eventually(() => isNotified('prices are told', 'warn'), say);
      expect(await command('tars.viewversion')).toEqual([
        { instance, ok: true, text: '\n1.7.3\n' },
      ]);
      await eventually(() => isNotified('tars.viewversion', 'normal'), say);
    });

    it('gets a changed configuration file pushed, and goes on with the same process', async () => {
      const before = await fleet.running(instance);
      fleet.repository.commitFiles({ 'prices.yaml': pricesText(javaServer, 'Shanghai') });
      await eventually(() => (fleet.calls(caller).places['Shanghai'] ?? 0) > 0, say);
      expect(await fleet.running(instance)).toMatchObject({ pid: before.pid, restarts: 0 });
    });

    it('has the lines, the statistics and the figures of its library at the controller', async () => {
      await eventually(
        () =>
          /^n1\|.*an apple of n1 1\.0\.0$/m.test(
            fleet.log(`Conf/JavaServer/${javaServer}_calls_${today()}.log`),
          ),
        say,
      );
      const wanted = [`stat ${javaServer}`, `property ${javaServer}`];
      await eventually(
        async () => {
          const kinds = (await fleet.reports()).map(({ kind, source }) => `${kind} ${source}`);
          return wanted.every((one) => kinds.includes(one));
        },
        say,
        20_000,
      );
    });

    it('beats and says its version one-way, which nobody answers; its lookups and statistics are answered', () => {
      const kinds = new Set(tap.calls.map(({ func, isOneWay }) => `${func} ${isOneWay}`));
      expect([...kinds].toSorted()).toEqual([
        'findObjectByIdInSameGroup false',
        'keepAlive true',
        'reportMicMsg false',
        'reportVersion true',
      ]);
      for (const { isOneWay, reply } of tap.calls) {
        if (isOneWay) expect(reply).toBeUndefined();
        else expect(reply ?? { ret: 0 }).toMatchObject({ ret: 0 });
      }
    });

    it('is started again when it was killed', async () => {
      const { pid = 0 } = await fleet.running(instance);
      process.kill(pid, 'SIGKILL');
      await fleet.running(instance, (seen) => seen.pid !== pid && seen.restarts === 1);
      expect(await ask()).toEqual({ ret: 30, place: 'Shanghai' });
    });

    it('stops through its admin servant, and exits with 0', async () => {
      fleet.repository.commitFiles({ 'java.yaml': javaText(tap, 'stopped') });
      const stopped = await eventually(() => {
        const observed = fleet.observed(instance);
        return observed?.phase === 'stopped' ? observed : undefined;
      }, say);
      expect(stopped.lastExit).toMatchObject({ code: 0 });
      expect(fleet.journal(instance)).toContain('stop-sent');
      expect(fleet.journal(instance)).not.toContain('stop-signal');
      await eventually(() => isNotified('[alarm] server is stopped.', 'alarm'), say);
    });
  },
);
