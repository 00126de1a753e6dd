/** Real services find each other while the locator, the agent or the controller is away. */

import { fileURLToPath } from 'node:url';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { QueryF } from '../../tars/framework/query-f.ts';
import { TarsClient } from '../../tars/rpc/client.ts';
import { eventually } from '../support/agent/eventually.ts';
import { serviceText, type ServiceText } from '../support/conformance/fleet-texts.ts';
import { callsFile, startFleet, type Fleet } from '../support/conformance/fleet.ts';
import { addGoPackage, addJavaScriptPackage } from '../support/conformance/packages.ts';
import { startWireTap } from '../support/conformance/wire-tap.ts';
import { buildGoProgram } from '../support/tars/go-program.ts';

const go = buildGoProgram(fileURLToPath(new URL('go-service/', import.meta.url)));
afterAll(() => go?.remove());

const object = 'Conf.PriceServer.PriceObj';

const serverText = (nodes: readonly string[]): string =>
  serviceText({ name: 'Conf.PriceServer', type: 'tars-nodejs', nodes, servants: ['PriceObj'] });

function callerText(name: string, fields: Pick<ServiceText, 'type' | 'profile'>): string {
  const env = { CALLEE: object, CALLS_FILE: callsFile, LOAD_PER_SECOND: '10' };
  return serviceText({ name, nodes: ['n1'], env, ...fields });
}

function addPackages(folder: string): void {
  addJavaScriptPackage(folder, 'Conf.PriceServer', ['1.0.0'], 'server');
  addJavaScriptPackage(folder, 'Conf.CallerServer', ['1.0.0'], 'caller');
  if (go !== undefined) addGoPackage(folder, 'Conf.GoCallerServer', go.path);
}

const callers = [
  { name: 'Conf.CallerServer', type: 'tars-nodejs' },
  ...(go === undefined ? [] : [{ name: 'Conf.GoCallerServer', type: 'tars-go' } as const]),
] as const;
const kinds = go === undefined ? 'Tars.js (Go: skipped: no Go toolchain)' : 'Tars.js and Go';

const answered = (fleet: Fleet, instance: string, node: string): number =>
  fleet.calls(instance).places[`${node} 1.0.0`] ?? 0;

it(
  `services in ${kinds} start while their locator is down, and find others when it is back`,
  { timeout: 60_000 },
  async () => {
    const fleet = await startFleet({
      nodes: ['n1'],
      packages: addPackages,
      files: { 'server.yaml': serverText(['n1']) },
    });
    const port = fleet.sparePortOf('n1');
    const profile = `<tars>
  <application>
    <client>
      locator=tars.tarsregistry.QueryObj@tcp -h 127.0.0.1 -p ${port}
    </client>
  </application>
</tars>`;
    const files = callers.map(({ name, type }) => [name, callerText(name, { type, profile })]);
    fleet.repository.commitFiles(
      Object.fromEntries(files.map(([name, text]) => [`${name}.yaml`, text])) as Record<
        string,
        string
      >,
    );
    const instances = callers.map(({ name }) => `${name}@n1`);
    for (const instance of instances) {
      await fleet.running(instance);
      await eventually(() => fleet.calls(instance).failed > 0);
      expect(answered(fleet, instance, 'n1')).toBe(0);
    }
    const tap = await startWireTap(fleet.servantsPortOf('n1'), port);
    onTestFinished(() => tap.close());
    for (const instance of instances) {
      await eventually(
        () => answered(fleet, instance, 'n1') > 0,
        () => `${JSON.stringify(fleet.calls(instance))}\n${fleet.output(instance)}`,
        15_000,
      );
      expect(fleet.observed(instance)).toMatchObject({ phase: 'running', restarts: 0 });
    }
  },
);

it(
  'services go on without a controller, through a restart of their agent and of themselves, and follow when it is back',
  { timeout: 60_000 },
  async () => {
    const caller = 'Conf.CallerServer@n1';
    const fleet = await startFleet({
      nodes: ['n1', 'n2'],
      packages: addPackages,
      files: {
        'server.yaml': serverText(['n2']),
        'caller.yaml': callerText('Conf.CallerServer', { type: 'tars-nodejs' }),
      },
    });
    const say = (): string => `${JSON.stringify(fleet.calls(caller))}\n${fleet.output(caller)}`;
    await eventually(() => answered(fleet, caller, 'n2') > 3, say, 20_000);
    const client = new TarsClient({ callTimeoutMs: 2_000 });
    onTestFinished(() => client.close());
    const look = async (name: string): Promise<readonly string[]> => {
      const endpoint = { host: '127.0.0.1', port: fleet.servantsPortOf('n1') };
      const query = client.proxy(endpoint, 'tars.tarsregistry.QueryObj', QueryF);
      const { activeEp } = await query.findObjectByIdInSameGroup({ id: name });
      return activeEp.map(({ host, port }) => `${host}:${port}`);
    };
    const restart = async (): Promise<void> => {
      const { pid, restarts } = await fleet.running(caller);
      process.kill(pid!, 'SIGKILL');
      const next = await fleet.running(caller, (observed) => observed.restarts === restarts + 1);
      await eventually(() => fleet.calls(caller).pid === next.pid, say);
    };
    const [server] = fleet.observed('Conf.PriceServer@n2')?.endpoints ?? [];
    const known = [`127.0.0.2:${server?.port}`];
    expect(await look(object)).toEqual(known);

    await fleet.stopController();
    expect(await look(object)).toEqual(known);
    expect(await look('Conf.NobodyServer.NoObj')).toEqual([]);

    // The agent restarts: services do not notice, and the next agent answers from its disk.
    const { pid } = await fleet.running(caller);
    await fleet.stopAgent('n1');
    const before = answered(fleet, caller, 'n2');
    await eventually(() => answered(fleet, caller, 'n2') > before + 10, say);
    await fleet.startAgent('n1');
    expect(await look(object)).toEqual(known);
    expect(await fleet.running(caller)).toMatchObject({ pid, restarts: 0 });

    // A new process asks the agent anew.
    expect(fleet.calls(caller)).toMatchObject({ failed: 0 });
    await restart();
    await eventually(() => answered(fleet, caller, 'n2') > 3, say);

    await fleet.startController();
    fleet.repository.commitFiles({ 'server.yaml': serverText(['n1']) });
    await eventually(async () => (await look(object))[0]?.startsWith('127.0.0.1:'), say, 20_000);
    // Tars.js itself looks again once a minute, whatever its configuration says.
    await restart();
    await eventually(() => answered(fleet, caller, 'n1') > 3, say);
  },
);
