import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readTargets } from '../../../nodeagent/state/targets-file.ts';
import type { LogsRequest } from '../../../link/messages/messages.ts';
import { AgentLab } from '../../support/agent/agent-lab.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { FakeController } from '../../support/agent/fake-controller.ts';
import { target } from '../../support/agent/targets.ts';

const a = target({ service: 'Demo.A', start: 'exec sleep 1000' });
const b = target({ service: 'Demo.B', start: 'exec sleep 1000' });

async function connected(): Promise<{ lab: AgentLab; controller: FakeController }> {
  const lab = new AgentLab();
  const controller = await FakeController.start();
  await lab.start({ controllerUrls: [controller.url] });
  await controller.waitFor('report');
  return { lab, controller };
}

const phaseOf = (controller: FakeController, service: string) =>
  controller.known.get(`${service}@n1`)?.phase;

describe('targets', () => {
  test('are on the disk before they are acknowledged, and every change is reported', async () => {
    const { lab, controller } = await connected();
    expect(controller.of('hello')).toMatchObject([
      { node: 'n1', haveRevision: 0, protocolVersion: 4 },
    ]);
    expect(controller.of('report')).toMatchObject([{ number: 1, full: true, instances: [] }]);
    controller.sendTargets(7, [a]);
    await controller.waitFor('targets-ack', ({ revision }) => revision === 7);
    expect(readTargets(join(lab.dataDir, 'targets'))).toMatchObject({
      value: { revision: 7, targets: [a] },
    });
    await eventually(() => phaseOf(controller, 'Demo.A') === 'running');

    controller.sendTargets(8, [b], { base: 7 });
    await eventually(() => phaseOf(controller, 'Demo.B') === 'running');
    expect(phaseOf(controller, 'Demo.A')).toBe('running');
    controller.sendTargets(9, [], { base: 8, remove: [a.instance] });
    await eventually(() => !controller.known.has(a.instance));
    const numbers = controller.of('report').map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });

  test('of a base that the agent does not have are asked for in full, on a new connection', async () => {
    const { controller } = await connected();
    controller.sendTargets(7, [a]);
    await eventually(() => phaseOf(controller, 'Demo.A') === 'running');
    controller.sendTargets(12, [b], { base: 11 });
    await eventually(() => controller.of('hello').length === 2);
    expect(controller.of('hello')[1]).toMatchObject({ haveRevision: 0 });
    await controller.waitFor('report', ({ full, instances }) => full && instances.length === 1);
    expect(controller.known.has(b.instance)).toBe(false);
    controller.sendTargets(12, [a, b]);
    await eventually(() => phaseOf(controller, 'Demo.B') === 'running');
  });

  test('for another node or with a name that leaves the data directory are not believed', async () => {
    const { lab, controller } = await connected();
    const evil = { ...b, service: '../../evil', instance: '../../evil@n1' };
    controller.sendTargets(7, [evil, { ...b, node: 'n2', instance: 'Demo.B@n2' }, a]);
    await eventually(() => phaseOf(controller, 'Demo.A') === 'running');
    expect([...controller.known.keys()]).toEqual([a.instance]);
    expect(existsSync(join(lab.dataDir, '..', 'evil'))).toBe(false);
  });

  test('that the disk has in damaged form are asked for anew, and what runs goes on', async () => {
    const lab = new AgentLab();
    lab.saveTargets([a]);
    await lab.start();
    const { pid } = await lab.until('Demo.A', ({ phase }) => phase === 'running');
    await lab.close();
    const path = join(lab.dataDir, 'targets');
    writeFileSync(path, readFileSync(path, 'utf8').replace('Demo.A', 'Demo.X'));
    const controller = await FakeController.start();
    await lab.start({ controllerUrls: [controller.url] });
    const hello = await controller.waitFor('hello');
    expect(hello.haveRevision).toBe(0);
    await eventually(() => controller.known.get(a.instance)?.pid === pid);
    process.kill(pid!, 'SIGKILL');
    await eventually(() => (controller.known.get(a.instance)?.pid ?? pid) !== pid);
    controller.sendTargets(3, []);
    await eventually(() => !controller.known.has(a.instance));
  });
});

describe('reports', () => {
  test('begin in full on every connection', async () => {
    const { controller } = await connected();
    controller.sendTargets(7, [a, b]);
    await eventually(
      () =>
        phaseOf(controller, 'Demo.B') === 'running' && phaseOf(controller, 'Demo.A') === 'running',
    );
    controller.messages.length = 0;
    controller.cut();
    const full = await controller.waitFor('report');
    expect(full).toMatchObject({ number: 1, full: true });
    expect(full.instances.map(({ instance }) => instance).toSorted()).toEqual([
      a.instance,
      b.instance,
    ]);
    expect(controller.of('hello')).toMatchObject([{ haveRevision: 7 }]);
  });
});

describe('output', () => {
  const talk =
    'i=0; while [ $i -lt 20 ]; do i=$((i+1)); echo "line $i"; done; while read word; do echo "$word"; done < "$TARSIER_DATA_DIR/mouth"';
  const talker = target({
    service: 'Demo.Talker',
    hooks: { preStart: 'mkfifo "$TARSIER_DATA_DIR/mouth" || true' },
    start: `sleep 1000 > "$TARSIER_DATA_DIR/mouth" & ${talk}`,
  });
  const request = (wish: Partial<LogsRequest>): LogsRequest => ({
    type: 'logs-request',
    requestId: 'r',
    instance: talker.instance,
    from: { tailLines: 3 },
    follow: false,
    ...wish,
  });

  test('is tailed, filtered, followed and cancelled', async () => {
    const { lab, controller } = await connected();
    controller.sendTargets(7, [talker]);
    await eventually(() => phaseOf(controller, 'Demo.Talker') === 'running');
    const say = (word: string): void =>
      writeFileSync(lab.path('Demo.Talker', 'data', 'mouth'), `${word}\n`);

    controller.send(request({ requestId: 'tail' }));
    await eventually(() => controller.end('tail')?.code === 'done');
    expect(controller.lines('tail')).toEqual(['line 18', 'line 19', 'line 20']);

    controller.send(request({ requestId: 'filter', from: { position: 0 }, contains: 'ne 2' }));
    await eventually(() => controller.end('filter')?.code === 'done');
    expect(controller.lines('filter')).toEqual(['line 2', 'line 20']);

    controller.send(request({ requestId: 'follow', from: { tailLines: 1 }, follow: true }));
    await eventually(() => controller.lines('follow').length === 1);
    const saidAt = performance.now();
    say('hello');
    await eventually(() => controller.lines('follow').includes('hello'));
    expect(performance.now() - saidAt).toBeLessThan(900);
    controller.send({ type: 'logs-cancel', requestId: 'follow' });
    await eventually(() => controller.end('follow')?.code === 'cancelled');
    say('too late');
    controller.send(request({ requestId: 'last', from: { tailLines: 1 } }));
    await eventually(() => controller.end('last') !== undefined);
    expect(controller.lines('follow')).toEqual(['line 20', 'hello']);
  });

  test('of an instance that is not here is an error in words', async () => {
    const { controller } = await connected();
    controller.send(request({ instance: 'Demo.Nobody@n1' }));
    await eventually(() => controller.end('r')?.code === 'error');
    expect(controller.end('r')?.message).toBe('There is no instance Demo.Nobody@n1 on this node.');
  });
});
