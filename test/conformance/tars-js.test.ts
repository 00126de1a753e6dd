/** Unmodified services with the published libraries of Tars.js, released from a commit under a real agent. */

import { createRequire } from 'node:module';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/agent/eventually.ts';
import { configText, serviceText } from '../support/conformance/fleet-texts.ts';
import { callsFile, startFleet, type Fleet } from '../support/conformance/fleet.ts';
import { addJavaScriptPackage } from '../support/conformance/packages.ts';
import { today } from '../support/conformance/today.ts';
import { startWireTap } from '../support/conformance/wire-tap.ts';

const caller = 'Conf.CallerServer';
const server = 'Conf.PriceServer';
const calling = `${caller}@n1`;

function callerText(profile?: string): string {
  return serviceText({
    name: caller,
    type: 'tars-nodejs',
    nodes: ['n1'],
    env: { CALLEE: `${server}.PriceObj`, CALLS_FILE: callsFile },
    ...(profile === undefined ? {} : { profile }),
  });
}

const shop = (currency: string): string =>
  configText(caller, 'shop.conf', `<shop>\n  currency=${currency}\n</shop>`);

function startShop(): Promise<Fleet> {
  return startFleet({
    nodes: ['n1'],
    packages(folder) {
      addJavaScriptPackage(folder, server, ['1.0.0'], 'server');
      addJavaScriptPackage(folder, caller, ['1.0.0'], 'caller');
    },
    files: {
      'server.yaml': serviceText({
        name: server,
        type: 'tars-nodejs',
        nodes: ['n1'],
        servants: ['PriceObj'],
      }),
      'caller.yaml': callerText(),
      'shop.yaml': shop('CNY'),
    },
  });
}

const libraryInUse = createRequire(import.meta.url)('@tars/rpc/package.json') as {
  version: string;
};

it(
  'a Tars.js client calls a Tars.js server by name, and what they tell the framework reaches the controller',
  { timeout: 60_000 },
  async () => {
    const fleet = await startShop();
    const say = (): string => `${JSON.stringify(fleet.calls(calling))}\n${fleet.output(calling)}`;
    const { pid, libraryVersion } = await fleet.running(calling);
    await eventually(() => (fleet.calls(calling).places['n1 1.0.0'] ?? 0) >= 3, say);

    // Beats and versions, at the agent.
    expect(libraryVersion).toBe(libraryInUse.version);
    expect(await fleet.running(`${server}@n1`)).toMatchObject({ restarts: 0, libraryVersion });
    expect(fleet.observed(calling)?.reason).toBeUndefined();

    // Notifications, with the node and the process that they came from.
    const isSaid = async (level: string, message: string): Promise<boolean> =>
      (await fleet.notifications(caller)).some((one) => {
        const { node, thread } = one;
        const isOurs = node === 'n1' && thread === String(pid);
        return isOurs && one.level === level && one.message === message;
      });
    for (const [level, message] of [
      ['normal', 'restart'],
      ['normal', '[succ] get remote config:shop.conf CNY'],
      ['warn', 'calls begin'],
    ] as const) {
      await eventually(
        () => isSaid(level, message),
        () => `${message} did not arrive`,
      );
    }

    // A pushed file, without a restart.
    fleet.repository.commitFiles({ 'shop.yaml': shop('EUR') });
    await eventually(() => isSaid('normal', '[succ] get remote config:shop.conf EUR'), say);
    expect(fleet.observed(calling)).toMatchObject({ pid, restarts: 0, phase: 'running' });

    // Remote logs, statistics and figures.
    await eventually(() =>
      /^n1\|.*an apple of n1 1\.0\.0/.test(
        fleet.log(`Conf/CallerServer/${caller}_calls_${today()}.log`),
      ),
    );
    const wanted = [
      `log ${caller}`,
      `notify ${caller}`,
      `notify ${server}`,
      `property ${caller}`,
      `property ${server}`,
      `stat ${caller}`,
    ];
    await eventually(
      async () => {
        const kinds = (await fleet.reports()).map(({ kind, source }) => `${kind} ${source}`);
        return wanted.every((one) => kinds.includes(one));
      },
      () => say(),
      20_000,
    );

    // Orderly stops say so.
    fleet.repository.git('rm', '--quiet', 'caller.yaml', 'shop.yaml');
    fleet.repository.commit('The caller is not wanted any more');
    await eventually(() => fleet.observed(calling) === undefined);
    await eventually(() => isSaid('normal', 'stop'));
    expect(fleet.calls(calling)).toMatchObject({ failed: 0 });
  },
);

it(
  'every framework call of Tars.js is answered as the contract says',
  { timeout: 60_000 },
  async () => {
    const fleet = await startShop();
    const tap = await startWireTap(fleet.servantsPortOf('n1'));
    onTestFinished(() => tap.close());
    fleet.repository.commitFiles({ 'caller.yaml': callerText(tappedProfile(tap.port)) });
    const isDone = (name: string): boolean => tap.calls.some(({ func }) => func === name);
    for (const name of [...twoWay.map(([, func]) => func), 'reportMicMsg', 'reportPropMsg']) {
      await eventually(
        () => isDone(name),
        () => `${name} did not come: ${JSON.stringify(tap.calls)}\n${fleet.output(calling)}`,
        20_000,
      );
    }
    for (const [servant, func] of twoWay) {
      const calls = tap.calls.filter((call) => call.servant === servant && call.func === func);
      const context = servant.endsWith('QueryObj') ? { node_name: 'n1' } : {};
      const answered = calls.filter(({ reply }) => reply !== undefined);
      expect(answered.length, `answers of ${func}`).toBeGreaterThan(0);
      // The last one may be on its way.
      expect(calls.length - answered.length).toBeLessThanOrEqual(1);
      for (const call of answered) {
        expect(call).toMatchObject({ isOneWay: false, context, reply: { ret: 0, context } });
      }
    }
    for (const func of ['reportMicMsg', 'reportPropMsg']) {
      const calls = tap.calls.filter((call) => call.func === func);
      expect(calls.map(({ isOneWay, reply }) => [isOneWay, reply])).toEqual(
        calls.map(() => [true, undefined]),
      );
    }
  },
);

/** Calls that wait for their reply (tars-contract §10.1). */
const twoWay = [
  ['tars.tarsnode.ServerObj', 'reportVersion'],
  ['tars.tarsnode.ServerObj', 'keepAlive'],
  ['tars.tarsregistry.QueryObj', 'findObjectByIdInSameGroup'],
  ['tars.tarsconfig.ConfigObj', 'loadConfigByInfo'],
  ['tars.tarsconfig.ConfigObj', 'ListAllConfigByInfo'],
  ['tars.tarsnotify.NotifyObj', 'reportNotifyInfo'],
  ['tars.tarslog.LogObj', 'loggerbyInfo'],
] as const;

/** Leads every call on the framework through the tap. */
function tappedProfile(port: number): string {
  const at = (object: string): string => `${object}@tcp -h 127.0.0.1 -p ${port} -t 3000`;
  return `<tars>
  <application>
    <client>
      locator=${at('tars.tarsregistry.QueryObj')}
      stat=${at('tars.tarsstat.StatObj')}
      property=${at('tars.tarsproperty.PropertyObj')}
    </client>
    <server>
      node=${at('tars.tarsnode.ServerObj')}
      config=${at('tars.tarsconfig.ConfigObj')}
      notify=${at('tars.tarsnotify.NotifyObj')}
      log=${at('tars.tarslog.LogObj')}
    </server>
  </application>
</tars>`;
}
