/** A real agent with a real process, while one controller after the other ends. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startAgent, type Agent } from '../../../nodeagent/main.ts';
import { killTree } from '../../../nodeagent/process/tree.ts';
import { controllerPackages } from '../../../nodeagent/session/controller-packages.ts';
import { silentLogger } from '../../support/agent/agent-lab.ts';
import { eventually } from '../../support/agent/eventually.ts';
import { startControllerGroup, type GroupMember } from '../../support/link/controller-group.ts';
import { commitOf, node, scope } from '../../support/registry/builders.ts';

async function commit(leader: GroupMember, revision: string): Promise<void> {
  const plain = scope({ service: 'A.One', nodes: ['n1'], revision });
  const contents = Object.entries(plain.revisions).map(([digest, content]) => [
    digest,
    { ...content, start: `exec sleep 1000 # ${digest}`, stopTimeoutMs: 1_000 },
  ]);
  const desired = { ...plain, revisions: Object.fromEntries(contents) };
  await leader.propose(
    commitOf(revision, {
      at: Date.now(),
      fencingToken: leader.leadership.fencingToken() ?? 0,
      upsertNodes: [node('n1')],
      upsertScopes: [desired],
    }),
  );
}

it('what runs goes on while its agent moves, restarts and is led by another controller', async () => {
  const group = await startControllerGroup(['a', 'b', 'c']);
  const leader = await group.leader();
  await commit(leader, 'r1');
  const [first] = [...group.members.values()].filter((each) => each !== leader);
  const dataDir = mkdtempSync(join(tmpdir(), 'tarsier-move-'));
  const start = (): Promise<Agent> =>
    startAgent({
      node: 'n1',
      // It learns of the others.
      controllerUrls: [first!.url],
      token: group.token,
      dataDir,
      logger: silentLogger,
    });
  let agent = await start();
  onTestFinished(async () => {
    await agent.close({ stopServices: false });
    await killTree({ marker: `TARSIER_DATA_DIR=${dataDir}/`, shim: undefined, withShim: true });
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });
  const running = () => agent.observed().find(({ phase }) => phase === 'running');
  const before = await eventually(running);
  await eventually(() => leader.loop.statusOf('d1/A.One')?.phase === 'settled');

  await first!.stop();
  await eventually(() => leader.replica.state.sessions.get('n1')?.controller !== first!.name);
  await eventually(() => agent.isConnected);
  expect(running()).toMatchObject({ pid: before.pid, restarts: 0 });

  // The only controller that was named is gone; it goes back to the one that it was at.
  const at = () => leader.replica.state.sessions.get('n1');
  const { controller, sessionId } = at() ?? {};
  await agent.close({ stopServices: false });
  agent = await start();
  await eventually(() => agent.isConnected);
  expect(await eventually(running)).toMatchObject({ pid: before.pid, restarts: 0 });
  await eventually(() => at()?.sessionId !== sessionId);
  expect(at()?.controller).toBe(controller);

  await leader.stop();
  const next = await group.leader();
  expect(next.replica.state.leader?.controller).toBe(next.name);
  await eventually(() => next.links.hasReported('n1'));
  expect(running()).toMatchObject({ pid: before.pid, restarts: 0 });
  await commit(next, 'r2');
  const after = await eventually(() => (running()?.revision === 'r2' ? running() : undefined));
  expect(after.pid).not.toBe(before.pid);
  expect(next.eventsOf('NodeLost')).toEqual([]);
});

it('packages come from the controller that the agent is connected to', async () => {
  const asked: string[] = [];
  const serve = async (name: string): Promise<string> => {
    const server = createServer((request, response) => {
      asked.push(`${name} ${request.url}`);
      response.end('content');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const [a, b] = [await serve('a'), await serve('b')];
  let current = a;
  const packages = controllerPackages({ controllerUrl: () => current, token: 't' });
  packages.setPath('/content');
  for (current of [a, b]) {
    const { body } = await packages.open('sha256:aa', 0, AbortSignal.timeout(5_000));
    for await (const chunk of body) expect(chunk.toString()).toBe('content');
  }
  expect(asked).toEqual(['a /content/sha256:aa', 'b /content/sha256:aa']);
});
