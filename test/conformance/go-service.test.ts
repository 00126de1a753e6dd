/** An unmodified service in Go, with the published library of TARS, beside services in Tars.js. */

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/agent/eventually.ts';
import { serviceText } from '../support/conformance/fleet-texts.ts';
import { callsFile, type Fleet } from '../support/conformance/fleet.ts';
import { addGoPackage } from '../support/conformance/packages.ts';
import {
  newPriceFleet,
  priceCaller,
  pricesText,
  priceServer,
} from '../support/conformance/price-fleet.ts';
import { today } from '../support/conformance/today.ts';
import { startWireTap, type WireTap } from '../support/conformance/wire-tap.ts';
import { buildGoProgram } from '../support/tars/go-program.ts';

const go = buildGoProgram(fileURLToPath(new URL('go-service/', import.meta.url)));
afterAll(() => go?.remove());

const goServer = 'Conf.GoServer';
const instance = `${goServer}@n1`;
const caller = `${priceCaller}@n1`;

/** The locator and the node are reached through the tap; everything else is looked up. */
function goText(tap: WireTap, state: 'running' | 'stopped' = 'running'): string {
  return serviceText({
    name: goServer,
    type: 'tars-go',
    state,
    nodes: ['n1'],
    servants: ['PriceObj'],
    env: { CALLEE: `${priceServer}.PriceObj`, CALLS_FILE: callsFile },
    profile: `<tars>
  <application>
    <client>
      locator=tars.tarsregistry.QueryObj@tcp -h 127.0.0.1 -p ${tap.port}
    </client>
    <server>
      node=tars.tarsnode.ServerObj@tcp -h 127.0.0.1 -p ${tap.port} -t 60000
    </server>
  </application>
</tars>`,
  });
}

describe.skipIf(go === undefined)(
  go === undefined ? 'Go (skipped: no Go toolchain, or no module of TARS for it)' : 'Go',
  { timeout: 60_000 },
  () => {
    let fleet: Fleet;
    let tap: WireTap;
    const say = (): string =>
      `${JSON.stringify(fleet.observed(instance))}\n${fleet.output(instance)}`;

    beforeAll(async () => {
      fleet = newPriceFleet(goServer, (packages) => addGoPackage(packages, goServer, go!.path));
      tap = await startWireTap(fleet.servantsPortOf('n1'));
      fleet.repository.commitFiles({ 'go.yaml': goText(tap) });
      await fleet.start();
    });
    afterAll(async () => {
      tap.close();
      await fleet.end();
    });

    it('runs, and says which version its library has', async () => {
      const observed = await fleet.running(instance);
      expect(observed).toMatchObject({ libraryVersion: '1.4.5', restarts: 0 });
      expect(observed.reason).toBeUndefined();
    });

    it('calls a Tars.js server by name, and a Tars.js client calls it', async () => {
      // All start together: whoever finds an empty list looks again after 10 s.
      const isHeard = (who: string, place: string): boolean =>
        (fleet.calls(who).places[place] ?? 0) >= 2;
      await eventually(() => isHeard(instance, 'n1 1.0.0'), say, 20_000);
      await eventually(() => isHeard(caller, 'Shenzhen'), say, 20_000);
    });

    it('has the notifications, logs, counts and figures of its library at the controller', async () => {
      for (const message of ['restart', 'prices are told']) {
        await eventually(async () => {
          const all = await fleet.notifications(goServer);
          return all.some((one) => one.message === message && one.node === 'n1');
        }, say);
      }
      await eventually(
        () =>
          /^n1\|.*an apple of n1 1\.0\.0$/m.test(
            fleet.log(`Conf/GoServer/${goServer}_calls_${today()}.log`),
          ),
        say,
      );
      const wanted = [`stat ${goServer}`, `property ${goServer}`];
      await eventually(
        async () => {
          const kinds = (await fleet.reports()).map(({ kind, source }) => `${kind} ${source}`);
          return wanted.every((one) => kinds.includes(one));
        },
        say,
        20_000,
      );
    });

    it('gets a changed configuration file pushed, and goes on with the same process', async () => {
      const before = await fleet.running(instance);
      fleet.repository.commitFiles({ 'prices.yaml': pricesText(goServer, 'Shanghai') });
      await eventually(() => (fleet.calls(caller).places['Shanghai'] ?? 0) > 0, say);
      expect(await fleet.running(instance)).toMatchObject({ pid: before.pid, restarts: 0 });
      const command = 'AdminServant::notify:tars.loadconfig prices.conf';
      await eventually(async () =>
        (await fleet.notifications(goServer)).some(({ message }) => message === command),
      );
    });

    it('keeps its node name on every call, because every reply echoes it', async () => {
      const beats = (): number => tap.calls.filter(({ func }) => func === 'keepAlive').length;
      // The first, and those of two adapters 10 s later.
      await eventually(() => beats() >= 3, say, 20_000);
      const functions = new Set(tap.calls.map(({ func }) => func));
      expect([...functions]).toEqual(
        expect.arrayContaining(['reportVersion', 'keepAlive', 'findObjectByIdInSameGroup']),
      );
      for (const call of tap.calls) expect(call.context).toMatchObject({ node_name: 'n1' });
      for (const { reply } of tap.calls) {
        if (reply !== undefined)
          expect(reply).toMatchObject({ ret: 0, context: { node_name: 'n1' } });
      }
    });

    it('stops through its admin servant, and exits with 0', async () => {
      fleet.repository.commitFiles({ 'go.yaml': goText(tap, 'stopped') });
      const stopped = await eventually(() => {
        const observed = fleet.observed(instance);
        return observed?.phase === 'stopped' ? observed : undefined;
      }, say);
      expect(stopped.lastExit).toMatchObject({ code: 0 });
      expect(fleet.journal(instance)).toContain('stop-sent');
      expect(fleet.journal(instance)).not.toContain('stop-signal');
      await eventually(async () =>
        (await fleet.notifications(goServer)).some(({ message }) => message === 'stop'),
      );
    });
  },
);
